-- A comparison of two moments names the resets of the errors that it lists, of which the busiest have thousands of changes.
CREATE INDEX change_reset ON change (error_id, at) WHERE added_because = 'counter_reset';
-- What a server showed at a moment is paged by the ids of its errors.
CREATE INDEX error_by_server ON error (server_id, id);

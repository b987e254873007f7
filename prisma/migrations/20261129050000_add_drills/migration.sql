-- Drills: which were asked for, by a schedule or by hand, and the poll that each began with. All else is found by it.

CREATE TABLE drill (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  asked_at timestamptz(3) NOT NULL,
  due_at   timestamptz(3) UNIQUE,
  poll_id  bigint UNIQUE
);
COMMENT ON COLUMN drill.due_at IS 'The time of the schedule that asked for it; null when somebody did.';
COMMENT ON COLUMN drill.poll_id IS 'The poll that showed its error. No foreign key: a poll may be forgotten before its drill.';

-- The few deliveries of drills are found without those of everybody.
CREATE INDEX delivery_of_drills ON delivery (created_at) WHERE server_id = '(drill)';

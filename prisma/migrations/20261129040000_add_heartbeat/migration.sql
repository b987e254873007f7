-- Which process sends the heartbeat of an interval, and when one last got through.

CREATE TABLE heartbeat (
  id         smallint PRIMARY KEY CHECK (id = 1),
  claimed_at timestamptz(3) NOT NULL,
  sent_at    timestamptz(3)
);
COMMENT ON TABLE heartbeat IS 'One row: whoever moves claimed_at on sends the heartbeat of that interval.';

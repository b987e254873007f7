-- Digests: until when each recipient was told, deliveries that tell them, and ways to find what happened in a window.

CREATE TABLE digest_cursor (
  digest      text NOT NULL,
  destination text NOT NULL,
  told_until  timestamptz(3) NOT NULL,
  PRIMARY KEY (digest, destination)
);
COMMENT ON COLUMN digest_cursor.told_until IS 'Where the next window begins. It only moves on, in the transaction that owes what the window told.';

ALTER TABLE delivery
  ADD COLUMN digest text,
  ADD COLUMN digest_from timestamptz(3),
  ADD COLUMN digest_until timestamptz(3),
  DROP CONSTRAINT delivery_kind_check,
  ADD CONSTRAINT delivery_kind_check
    CHECK (kind IN ('alerts', 'server', 'summary', 'reminder', 'silence', 'storm', 'storm_page', 'undelivered', 'digest')),
  DROP CONSTRAINT delivery_server_check,
  ADD CONSTRAINT delivery_server_check
    CHECK (server_id IS NOT NULL OR kind IN ('storm', 'storm_page', 'undelivered', 'digest')),
  ADD CONSTRAINT delivery_digest_check
    CHECK ((kind = 'digest') = (digest IS NOT NULL) AND (digest IS NULL) = (digest_from IS NULL)
           AND (digest IS NULL) = (digest_until IS NULL) AND digest_from < digest_until);
COMMENT ON COLUMN delivery.digest_from IS 'Its window begins there, and tells what happened after it.';
-- A window that ends at one time is owed to a recipient once.
CREATE UNIQUE INDEX delivery_one_digest ON delivery (digest, destination, digest_until) WHERE kind = 'digest';

-- What could not be delivered within a window.
CREATE INDEX delivery_undelivered ON delivery (settled_at) WHERE outcome IN ('dead', 'expired');
-- Which alerts began and ended within one.
CREATE INDEX alert_fired ON alert (fired_at) WHERE fired_at IS NOT NULL;
CREATE INDEX alert_ended ON alert (resolved_at) WHERE resolved_at IS NOT NULL;
-- Growth is most of what changes; what else happened is found without it.
CREATE INDEX change_notable ON change (server_id, at) WHERE kind <> 'growing';

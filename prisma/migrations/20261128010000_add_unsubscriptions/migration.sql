-- Mailboxes that want certain mails no more, and the key behind the addresses by which they say so.

CREATE TABLE signing_key (
  purpose    text PRIMARY KEY CHECK (purpose = 'unsubscribe'),
  key        bytea NOT NULL CHECK (octet_length(key) = 32),
  created_at timestamptz(3) NOT NULL
);
COMMENT ON TABLE signing_key IS 'Made at random when first needed. Whoever knows one can sign in the name of polarwatch.';

CREATE TABLE unsubscription (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  mailbox         text NOT NULL,
  list            text NOT NULL CHECK (list IN ('alerts', 'digests')),
  unsubscribed_at timestamptz(3) NOT NULL,
  restored_at     timestamptz(3),
  restored_by     text,
  CHECK ((restored_at IS NULL) = (restored_by IS NULL))
);
COMMENT ON COLUMN unsubscription.mailbox IS 'The address in lower case, whichever destinations lead there.';
-- A mailbox that wants a list no more has said so once.
CREATE UNIQUE INDEX unsubscription_open ON unsubscription (mailbox, list) WHERE restored_at IS NULL;
CREATE INDEX unsubscription_lately ON unsubscription (mailbox, list, unsubscribed_at);

-- Tokens with roles for the API and the page, and the key that signs the sessions of browsers.

CREATE TABLE api_token (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name         text NOT NULL CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,63}$' AND name !~ '^[0-9]+$'),
  role         text NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
  digest       bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
  created_at   timestamptz(3) NOT NULL,
  created_by   text NOT NULL,
  expires_at   timestamptz(3) CHECK (expires_at > created_at),
  revoked_at   timestamptz(3),
  revoked_by   text,
  last_used_at timestamptz(3),
  CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);
COMMENT ON COLUMN api_token.digest IS 'SHA-256 of the token, which is kept nowhere.';
COMMENT ON COLUMN api_token.last_used_at IS 'Written at most once a minute.';
-- A name stands for one token at a time; that of a revoked one is free again.
CREATE UNIQUE INDEX api_token_name ON api_token (name) WHERE revoked_at IS NULL;

ALTER TABLE signing_key DROP CONSTRAINT signing_key_purpose_check;
ALTER TABLE signing_key ADD CONSTRAINT signing_key_purpose_check CHECK (purpose IN ('unsubscribe', 'session'));

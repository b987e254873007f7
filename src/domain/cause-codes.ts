/**
 * Codes that programs, not people, chose, by the cause they prove. They are compared without regard to case, `-` and
 * `_`, so `RATE_LIMIT_EXCEEDED` and `rateLimitExceeded` are one.
 */

/** Codes of the connection, the machine and the sign-in protocol. They beat any wording: nobody writes them by chance. */
export const DECISIVE_CODES = {
  network: [
    ..."ECONNREFUSED ECONNRESET ENOTFOUND EHOSTUNREACH ENETUNREACH EHOSTDOWN ENETDOWN ENETRESET EPIPE".split(" "),
    ..."EAI_AGAIN EAI_FAIL EAI_NODATA EAI_NONAME EADDRNOTAVAIL ENOTCONN ESERVFAIL EREFUSED ENODATA".split(" "),
    ..."UND_ERR_SOCKET ERR_NETWORK ERR_SOCKET_CLOSED ERR_STREAM_PREMATURE_CLOSE".split(" "),
  ],
  timeout: [
    // HTTP clients use ECONNABORTED for a request that they gave up themselves, after waiting.
    ..."ETIMEDOUT ESOCKETTIMEDOUT ETIMEOUT ECONNABORTED DEADLINE_EXCEEDED DeadlineExceededError".split(" "),
    ..."UND_ERR_CONNECT_TIMEOUT UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT ERR_SOCKET_CONNECTION_TIMEOUT".split(" "),
  ],
  tls: [
    // In Node a protocol error of a socket is always one of TLS, as when it is spoken to a plain HTTP port.
    ..."EPROTO UNABLE_TO_GET_ISSUER_CERT UNABLE_TO_GET_ISSUER_CERT_LOCALLY UNABLE_TO_VERIFY_LEAF_SIGNATURE".split(" "),
    ..."UNABLE_TO_GET_CRL UNABLE_TO_DECRYPT_CERT_SIGNATURE SELF_SIGNED_CERT_IN_CHAIN DEPTH_ZERO_SELF_SIGNED_CERT".split(
      " ",
    ),
    ..."INVALID_CA INVALID_PURPOSE PATH_LENGTH_EXCEEDED HOSTNAME_MISMATCH ERROR_IN_CERT_NOT_AFTER_FIELD".split(" "),
  ],
  // The machine on which the integration runs, or what was entered for it: somebody has to change a setting or a file.
  config: [
    ..."ENOENT EACCES EPERM ENOTDIR EISDIR EROFS EADDRINUSE ERR_INVALID_URL ERR_INVALID_PROTOCOL".split(" "),
    ..."ERR_UNSUPPORTED_PROTOCOL UNSUPPORTED_PROTOCOL ERR_FR_TOO_MANY_REDIRECTS redirect_uri_mismatch".split(" "),
    ..."invalid_scope unsupported_grant_type".split(" "),
  ],
  credential: "invalid_client invalid_grant unauthorized_client InvalidCredentialsError invalid_api_key".split(" "),
  quota: "OVER_QUERY_LIMIT OVER_DAILY_LIMIT QuotaExceededError TooManyRequestsError ThrottlingException".split(" "),
  bug: [
    // Thrown when a developer used the vendor's own library wrongly.
    ..."LibraryUsageError ERR_INVALID_ARG_TYPE ERR_UNHANDLED_REJECTION MODULE_NOT_FOUND".split(" "),
    ..."ERR_MODULE_NOT_FOUND ERR_REQUIRE_ESM ERR_WORKER_OUT_OF_MEMORY GRAPHQL_VALIDATION_FAILED".split(" "),
  ],
} as const;

/** Whole families of decisive codes, told by their beginning. */
export const DECISIVE_FAMILIES = [
  { cause: "tls", form: /^(?:CERT|CRL|ERR_TLS|ERR_SSL)_[A-Z0-9_]{2,60}$/ },
  { cause: "vendor", form: /^HPE_[A-Z_]{2,40}$/ }, // Node's HTTP parser: the answer was no HTTP
] as const;

/** Codes that only repeat an HTTP status or a category in words. A clearer wording beats them: 403 may mean a quota. */
export const HINT_CODES = {
  credential: [
    ..."access_denied AccessDenied AccessDeniedException AUTH_REQUIRED AUTHENTICATION_REQUIRED invalid_token".split(
      " ",
    ),
    ..."AuthenticationFailed AuthenticationRequiredError WrongCredentialsError UserNotActiveError ExpiredToken".split(
      " ",
    ),
    ..."FORBIDDEN ForbiddenError UNAUTHORIZED UNAUTHENTICATED PERMISSION_DENIED INVALID_LOGIN INVALID_SESSION_ID".split(
      " ",
    ),
    ..."InvalidAccessKeyId SignatureDoesNotMatch UnrecognizedClientException InvalidAuthenticationToken".split(" "),
    ..."28000 28P01 42501".split(" "), // PostgreSQL and others: SQLSTATE
  ],
  quota: [
    ..."RATE_LIMIT_EXCEEDED RATE_LIMITED ratelimited QUOTA_EXCEEDED LIMIT_EXCEEDED REQUEST_LIMIT_EXCEEDED".split(" "),
    ..."RESOURCE_EXHAUSTED TOO_MANY_REQUESTS Throttling ThrottledException SlowDown ActivityLimitReached".split(" "),
    ..."53300 53400".split(" "),
  ],
  network: "08000 08001 08003 08004 08006".split(" "),
  timeout: "57014 TIMEOUT GATEWAY_TIMEOUT REQUEST_TIMEOUT".split(" "),
  vendor: [
    ..."TransientError INTERNAL INTERNAL_ERROR INTERNAL_SERVER_ERROR SERVICE_UNAVAILABLE UNAVAILABLE".split(" "),
    ..."BAD_GATEWAY temporarily_unavailable server_error 57P01 57P02 57P03 XX000".split(" "),
  ],
  config: "42P01 42703 42704 3D000 3F000".split(" "),
  data: [
    ..."INVALID_ARGUMENT InvalidArgumentError VALIDATION_ERROR ValidationException BAD_USER_INPUT ZERO_RESULTS".split(
      " ",
    ),
    ..."NotFoundError 22P02 22001 22003 22007 22008 23505".split(" "),
  ],
  bug: ["42601"],
} as const;

/** What the class of a thrown error suggests when nothing else tells. */
export const ERROR_CLASSES = {
  bug: "TypeError ReferenceError RangeError SyntaxError AssertionError URIError EvalError".split(" "),
  credential: "AuthRequestError AuthenticationError AuthorizationError UnauthorizedError".split(" "),
  network: "NetworkError ConnectionError FetchError SocketError".split(" "),
  // Thrown by the vendor's own library for a request that its limiter dropped.
  quota: "RetryRequestError RateLimitError".split(" "),
  timeout: "TimeoutError ConnectTimeoutError HeadersTimeoutError AbortError".split(" "),
} as const;

/** What an HTTP status suggests when neither a code nor the wording is clearer. */
export const STATUS_CAUSES = {
  credential: [401, 403, 419, 440],
  quota: [402, 429, 509],
  // An integration takes "no result" for an answer, so a 404 that became an error is a wrong address, as 405 and 410 are.
  config: [404, 405, 406, 407, 410, 411, 415, 421, 426, 511],
  timeout: [408, 504, 522, 524, 598, 599],
  tls: [495, 496, 525, 526],
  data: [400, 409, 412, 413, 414, 416, 417, 422, 431],
} as const;

/** The cookies of the page. Their names say for how much a browser vouches, and so depend on whether it comes by TLS. */
export type Cookies = {
  /** The session of a login. */
  session: Cookie;
  /** What the form of a login is bound to, before there is a session. */
  form: Cookie;
};

type Cookie = {
  read(header: string | undefined): string | null;
  /** As a `Set-Cookie`; without a value it is forgotten. */
  set(value: string | null, ageMsMax: number): string;
};

/** `publicUrl`: under which people reach the page; with https the cookies go by TLS alone. */
export function cookiesFor(publicUrl: string | null): Cookies {
  const isSecure = publicUrl?.startsWith("https:") === true;
  return { session: cookie("polarwatch-session", isSecure), form: cookie("polarwatch-form", isSecure) };
}

function cookie(bare: string, isSecure: boolean): Cookie {
  // With the prefix a browser takes it from no other host and over nothing but TLS.
  const name = isSecure ? `__Host-${bare}` : bare;
  const pattern = new RegExp(`(?:^|;) *${name}=([\\w.-]{1,400})(?:;|$)`);
  return {
    read: (header) => pattern.exec(header ?? "")?.[1] ?? null,
    set: (value, ageMsMax) =>
      [
        `${name}=${value ?? ""}`,
        "Path=/",
        `Max-Age=${value === null ? 0 : Math.floor(ageMsMax / 1000)}`,
        "HttpOnly",
        "SameSite=Strict",
        ...(isSecure ? ["Secure"] : []),
      ].join("; "),
  };
}

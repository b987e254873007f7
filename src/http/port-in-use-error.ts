/** The address that was to be listened on is taken. The message tells a person what to do about it. */
export class PortInUseError extends Error {
  constructor(host: string, port: number, cause?: unknown) {
    super(
      `Port ${port} on ${host} is in use: another polarwatch or another program listens there. ` +
        "Stop it, or choose another port with PORT, for example PORT=8081 (PORT=0 takes any that is free).",
      { cause },
    );
    this.name = "PortInUseError";
  }
}

import type { Config, ConfigInput } from "../../src/config/config.js";
import { loadConfig } from "../../src/config/load-config.js";

export const CWD = "/srv/polarwatch";

/** The least that starts. */
export const A_SERVER = { POLARITY_URL: "https://polarity.example.com", POLARITY_API_KEY: "MARK-api-key" };

/** A configuration input over files that exist only here; their paths are relative to the working directory. */
export function aConfigInput(
  env: ConfigInput["env"],
  files: Readonly<Record<string, string | { code: string }>> = {},
): ConfigInput {
  return {
    env,
    cwd: CWD,
    isTerminal: false,
    readFile: (path) => {
      const file = files[path.startsWith(`${CWD}/`) ? path.slice(CWD.length + 1) : path] ?? { code: "ENOENT" };
      if (typeof file === "string") return file;
      throw Object.assign(new Error(`${file.code}: ${path}`), { code: file.code });
    },
  };
}

/** The configuration of this input, which has to be valid. */
export function validConfig(...given: Parameters<typeof aConfigInput>): Config {
  const loaded = loadConfig(aConfigInput(...given));
  if (loaded.kind === "valid") return loaded.config;
  throw new Error(`The configuration has problems:\n${linesOf(loaded.problems).join("\n")}`);
}

/** The problems of this input as people read them, `where: message`; none when it is valid. */
export function problemLines(...given: Parameters<typeof aConfigInput>): string[] {
  const loaded = loadConfig(aConfigInput(...given));
  return loaded.kind === "valid" ? [] : linesOf(loaded.problems);
}

/** The configuration of a polarwatch.yaml with this text, its server and receivers aside. */
export function configOfFile(text: string): Config {
  return validConfig(A_SERVER, { "polarwatch.yaml": text });
}

/** The problems of such a file. */
export function problemsOfFile(text: string): string[] {
  return problemLines(A_SERVER, { "polarwatch.yaml": text });
}

function linesOf(problems: readonly { where: string; message: string }[]): string[] {
  return problems.map(({ where, message }) => `${where}: ${message}`);
}

/** A certificate authority of nobody, valid for a hundred years. */
export const A_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBnzCCAUWgAwIBAgIUNsrhTOHVlDIMTsq8777pY7sx5HAwCgYIKoZIzj0EAwIw
JDEiMCAGA1UEAwwZcG9sYXJ3YXRjaCB0ZXN0IGF1dGhvcml0eTAgFw0yNjExMjMy
MzEzMDVaGA8yMTI2MTAzMDIzMTMwNVowJDEiMCAGA1UEAwwZcG9sYXJ3YXRjaCB0
ZXN0IGF1dGhvcml0eTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABKTT/FE+Wm07
nSxlmA8zPuC8AVZrxxibQRKkFhcFbxsTRdrAhqhSp8ytyYKyqrV3OO1FqeMu3xeo
a0KVV2hg26GjUzBRMB0GA1UdDgQWBBTN6YNainXoEI2VyHPxj+Ti9dKH5zAfBgNV
HSMEGDAWgBTN6YNainXoEI2VyHPxj+Ti9dKH5zAPBgNVHRMBAf8EBTADAQH/MAoG
CCqGSM49BAMCA0gAMEUCIQDsvgCm9X+ZJs036eK/uMeYEV4Npch5N982NKwpB14O
UQIgOiik0qN1nYjBIuZt6/6B9kGQBJ9Mpr6Ky1JJHfpTmVk=
-----END CERTIFICATE-----`;

/** What JSON can carry. Everything that came from outside and is kept whole has this type. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export type JsonObject = { readonly [key: string]: Json };

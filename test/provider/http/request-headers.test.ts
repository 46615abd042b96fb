import { describe, expect, it } from "vitest";
import { requestHeaders } from "../../../src/provider/http/request-headers.ts";

describe("the headers of a request", () => {
  const headers = requestHeaders({ "X-Team": "a", "Content-Type": "application/json; charset=utf-8" });

  it("are the application's, those of layers, and the key, names in lower case", () => {
    expect(headers("nothing", "k1", {})).toEqual({
      "x-team": "a",
      "content-type": "application/json; charset=utf-8",
      authorization: "Bearer k1",
    });
    expect(headers("body", "k2", { "x-team": "b", traceparent: "00-1" })).toEqual({
      "x-team": "b",
      "content-type": "application/json; charset=utf-8",
      traceparent: "00-1",
      authorization: "Bearer k2",
    });
    // What a layer added to one call is not in the next.
    expect(headers("body", "k2", {})).not.toHaveProperty("traceparent");
    expect(requestHeaders()("body", "k", {})).toEqual({
      "content-type": "application/json",
      authorization: "Bearer k",
    });
  });

  it("name a service's own header for the key", () => {
    expect(requestHeaders({}, "api-key")("nothing", "k", {})).toEqual({ "api-key": "k" });
  });

  it.each([
    ["bearer", "authorization", "Bearer k"],
    ["api-key", "api-key", "k"],
  ] as const)(
    "keep the key (%s) and what a stream must be, whatever a layer puts there",
    (auth, name, value) => {
      const sent = requestHeaders({ [name]: "of the application" }, auth)("events", "k", {
        [name]: "of a layer",
        accept: "text/html",
      });
      expect(sent[name]).toBe(value);
      expect(sent.accept).toContain("text/event-stream");
    },
  );

  it.each([["connection"], ["content-length"], ["transfer-encoding"], ["expect"], ["a b"], [""]])(
    "refuse %j, of the application and of a layer",
    (name) => {
      const refused = expect.objectContaining({ kind: "ConfigError" });
      expect(() => requestHeaders({ [name]: "1" })).toThrow(refused);
      expect(() => requestHeaders()("body", "k", { [name]: "1" })).toThrow(refused);
    },
  );

  it("refuse values that no header can hold", () => {
    for (const value of ["a\nb", "東京", 7, null]) {
      const headers = { "x-a": value as string };
      const refused = expect.objectContaining({
        kind: "ConfigError",
        message: expect.stringContaining("x-a: "),
      });
      expect(() => requestHeaders(headers)).toThrow(refused);
      expect(() => requestHeaders()("body", "k", headers)).toThrow(refused);
    }
  });
});

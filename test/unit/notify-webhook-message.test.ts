import { describe, expect, test } from "vitest";
import { webhookKind } from "../../src/notify/webhook/config.js";
import { webhookBody } from "../../src/notify/webhook/message.js";
import { standardWebhookHeaders } from "../../src/notify/webhook/signature.js";
import { hostileNotifications, hostileTexts } from "../support/hostile-samples.js";
import {
  anAlertsNotification,
  anIntegrationItem,
  aServerNotification,
  aSilenceNotification,
  aSummaryNotification,
} from "../support/notifications.js";

describe("a webhook's body", () => {
  test("carries the whole notification under a versioned type", () => {
    const notes = ["It is told again in 4 h."];
    expect(JSON.parse(webhookBody(anAlertsNotification({ notes })))).toEqual({
      type: "polarwatch.notification.v1",
      deliveryId: "01J8ZDELIVERY1",
      kind: "alerts",
      title: "VirusTotal: Invalid API key (prod)",
      server: "prod",
      groupKey: "prod/virustotal",
      severity: "critical",
      at: "2026-03-02T08:00:00.000Z",
      link: "https://polarwatch.example.com/alerts?group=virustotal",
      possiblyRepeated: false,
      alerts: {
        occasion: "change",
        notes,
        omittedItems: 0,
        items: [
          {
            acknowledged: null,
            alertId: "alert-1",
            errorId: "error-1",
            integration: { name: "VirusTotal", acronym: "VT" },
            state: "firing",
            reason: "new",
            severity: "critical",
            cause: "credential",
            headline: "Invalid API key",
            body: "VirusTotal refused the key that is configured for this integration.\nAsk the owner of the account for a new one.",
            httpStatus: 401,
            occurrences: 1234,
            added: { count: 120, overMs: 900_000 },
            firstSeenAt: "2026-03-01T21:14:05.000Z",
            lastOccurredAt: "2026-03-02T07:57:30.000Z",
            because: "A new error that was seen 1,234 times; the rule fires from 1.",
            blindMs: null,
          },
        ],
      },
    });
  });

  test("says null for what an alert about an integration does not have", () => {
    const body = webhookBody(anAlertsNotification({ occasion: "escalation", items: [anIntegrationItem()] }));
    expect(JSON.parse(body).alerts).toMatchObject({
      occasion: "escalation",
      items: [{ errorId: null, cause: null, reason: "not_running", integration: { name: "Shodan" }, added: null }],
    });
  });

  test("carries what a silence hid", () => {
    const { kind, title, silence, ...rest } = JSON.parse(webhookBody(aSilenceNotification()));
    expect({ kind, title }).toEqual({
      kind: "silence",
      title: "Vendor maintenance: 12 alerts hidden, 3 still firing (prod)",
    });
    expect(silence).toEqual({
      silenceId: "7",
      author: "Jo Field",
      reason: "Vendor maintenance",
      startedAt: "2026-03-01T21:14:05.000Z",
      endedAt: "2026-03-02T08:00:00.000Z",
      because: "Its time was up.",
      hidden: {
        alerts: 12,
        stillFiring: 3,
        top: [
          { integration: "VirusTotal", headline: "Invalid API key", messages: 1041 },
          { integration: "Shodan", headline: "Request timed out after 30 s", messages: 1 },
        ],
      },
    });
    expect(rest).not.toHaveProperty("alerts");
  });

  test("carries what became of a server, or a summary, under a name of its own", () => {
    expect(JSON.parse(webhookBody(aServerNotification()))).toMatchObject({
      kind: "server",
      serverState: {
        state: "firing",
        reason: "unauthorized",
        failedPolls: 3,
        lastGoodPollAt: "2026-03-02T07:57:30.000Z",
      },
    });
    expect(JSON.parse(webhookBody(aSummaryNotification()))).toMatchObject({
      kind: "summary",
      summary: { occasion: "baseline", errors: { present: 119 }, integrations: { total: 42, notRunning: 2 } },
    });
  });

  test.each(hostileTexts().map((text, index) => ({ index, text })))(
    "stays below one megabyte and says what it leaves out, whatever it is made of ($index)",
    ({ text }) => {
      const omitted = hostileNotifications(text).map((notification) => {
        const body = webhookBody({ ...notification, deliveryId: "d1" });
        expect(Buffer.byteLength(body)).toBeLessThan(1_000_000);
        expect(body).not.toMatch(/\\u0000|\\u001b|[\u202a-\u202e]/);
        return JSON.parse(body).alerts?.omittedItems;
      });
      expect(omitted).toEqual([0, 400, 0, undefined, undefined, undefined, undefined, undefined]);
    },
  );
});

describe("a webhook's signature", () => {
  const message = {
    id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
    sentAt: new Date(1_614_265_330_000),
    body: '{"test": 2432232314}',
  };

  test("is the one that the Standard Webhooks specification gives as its example", () => {
    expect(standardWebhookHeaders(message, ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])).toEqual({
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    });
  });

  test("comes twice while a secret is changed, the new one first", () => {
    const secrets = ["new", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"];
    const signatures = standardWebhookHeaders(message, secrets)["webhook-signature"]?.split(" ");
    expect(signatures).toEqual([
      standardWebhookHeaders(message, ["new"])["webhook-signature"],
      "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ]);
  });

  test("is left out without a secret", () => {
    expect(standardWebhookHeaders(message, [])).not.toHaveProperty("webhook-signature");
  });

  test("needs base64 after whsec_, and takes any other text as it stands", () => {
    const isFine = (secret: string) => webhookKind.schema.safeParse({ url: "https://example.com", secret }).success;
    expect(["whsec_", "whsec_???", "whsec_abcde"].map(isFine)).toEqual([false, false, false]);
    expect(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "plain text?!"].map(isFine)).toEqual([true, true]);
  });
});

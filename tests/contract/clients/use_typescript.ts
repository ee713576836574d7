/* A day of Anna's by the types that openapi-typescript made: `node use_typescript.js BASE_URL`. */

import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Card = components["schemas"]["CardRef"];
type Told = { response: Response };

const base = process.argv[2] ?? "";

/** A client of somebody whose password is the name. */
function signIn(name: string) {
  const pair = Buffer.from(`${name}:${name}`).toString("base64");
  return createClient<paths>({ baseUrl: base, headers: { Authorization: `Basic ${pair}` } });
}

/** What was answered, which must be of this status. */
function told<T>(answer: Told & { data?: T; error?: unknown }, status: number): T {
  if (answer.response.status !== status || answer.data === undefined) {
    throw new Error(`${answer.response.url}: ${answer.response.status} ${JSON.stringify(answer.error)}`);
  }
  return answer.data;
}

/** The problem, which must be of this status. */
function refusal<E>(answer: Told & { error?: E }, status: number): E {
  if (answer.response.status !== status || answer.error === undefined) {
    throw new Error(`${answer.response.url}: ${answer.response.status}`);
  }
  return answer.error;
}

const anna = signIn("anna");
const till = signIn("till");
const stranger = signIn("stranger");

const joined = told(await anna.POST("/api/v1/me/join/", { body: { code: "NOBODYS" } }), 201);
const again = told(await anna.POST("/api/v1/me/join/", { body: {} }), 200);
const params = { path: { card: joined.card.id } };

/** What Anna shows. */
async function token(): Promise<Card> {
  return { token: told(await anna.GET("/api/v1/me/cards/{card}/token/", { params }), 200).token };
}

const body: components["schemas"]["PurchaseBody"] = {
  total: "100.00",
  external_id: "o-1",
  card: await token(),
  lines: [
    { amount: "60.00", sku: "beans" },
    { amount: "40.00", sku: "cup" },
  ],
};
const bought = told(await till.POST("/api/v1/till/purchases/", { body }), 201);
const repeated = told(await till.POST("/api/v1/till/purchases/", { body }), 200);

function spend(amount: string, key: string) {
  const header = { "Idempotency-Key": key };
  return anna.POST("/api/v1/me/cards/{card}/spends/", { params: { ...params, header }, body: { amount } });
}
const spent = [told(await spend("4", "k-1"), 201), told(await spend("4", "k-1"), 201)];
const refused = refusal(await spend("400", "k-2"), 409);
const refund = told(
  await till.POST("/api/v1/till/purchases/{external_id}/refunds/", {
    params: { path: { external_id: "o-1" } },
    body: { external_id: "r-1", amount: "50.00" },
  }),
  201,
);
const paid = told(
  await till.POST("/api/v1/till/spends/", {
    params: { header: { "Idempotency-Key": "k-3" } },
    body: { external_id: "p-1", card: await token(), amount: "1" },
  }),
  201,
);
const lines = [
  { id: "o-2", customer: "boris", total: "10.00", occurred_at: "2026-01-02T10:00:00Z" },
  { id: "o-3" },
];
const upload = told(
  await till.POST("/api/v1/till/uploads/", {
    body: lines.map((line) => JSON.stringify(line)).join("\n"),
    bodySerializer: (text) => text,
    headers: { "Content-Type": "application/x-ndjson" },
    parseAs: "text",
  }),
  200,
);
const picture = told(await anna.GET("/api/v1/me/cards/{card}/token.svg", { params, parseAs: "text" }), 200);
const foreign = refusal(await stranger.GET("/api/v1/me/cards/{card}/home/", { params }), 404);
const spends = told(await anna.GET("/api/v1/me/cards/{card}/spends/", { params }), 200);
const home = told(await anna.GET("/api/v1/me/cards/{card}/home/", { params }), 200);

console.log(
  JSON.stringify({
    refusal: joined.refusal?.code,
    "same card": again.card.id === joined.card.id,
    state: bought.state,
    granted: bought.rewards[0]?.granted,
    "same event": repeated.event === bought.event,
    "one spending": spent[0]?.id === spent[1]?.id,
    refused: [refused.code, refused.status],
    "left of the purchase": refund.purchase?.remaining,
    available: paid.available,
    uploaded: upload
      .trim()
      .split("\n")
      .map((line): unknown => (JSON.parse(line) as { status: unknown }).status),
    picture: picture.slice(0, 4),
    foreign: foreign.code,
    spends: spends.results.map((one) => one.spent),
    home: home.wallets.map((wallet) => wallet.available),
    rewards: home.rewards.length,
  }),
);

// Banking: a teller has money moved between accounts. The account that pays asks the other one to take it, and handles
// nothing else until that has answered. It pays only accounts with higher numbers, so nobody waits in a circle.

import { type ActorContext, defineActor, type RefOf } from "../../src/index.js";
import { defineProgram } from "./program.js";
import { drawFrom } from "./random.js";

type Size = { readonly accounts: number; readonly transfers: number };

const START_CENTS = 1_000_000;
const TRANSFER_CENTS_MAX = 100_000;

interface Transfer {
  readonly from: number;
  readonly to: number;
  readonly cents: number;
}

function* transfersOf({ accounts, transfers }: Size): Iterable<Transfer> {
  const draw = drawFrom(transfers);
  for (let i = 0; i < transfers; i++) {
    const from = draw(Math.floor(accounts * 0.8));
    const to = from + 1 + draw(accounts - from - 1);
    yield { from, to, cents: 1 + draw(TRANSFER_CENTS_MAX) };
  }
}

const Account = defineActor({
  name: "Account",
  state: () => ({ cents: START_CENTS }),
  on: {
    async pay(ctx, { to, cents }: { to: RefOf<typeof Account>; cents: number }) {
      ctx.state.cents -= cents;
      await ctx.ask(to, "take", cents, { timeoutMs: 0 });
    },
    take(ctx, cents: number) {
      ctx.state.cents += cents;
    },
    cents: (ctx) => ctx.state.cents,
  },
});

const Teller = defineActor({
  name: "Teller",
  state: (size: Size, ctx: ActorContext) => ({
    size,
    accounts: Array.from({ length: size.accounts }, () => ctx.spawn(Account)),
  }),
  on: {
    async run(ctx) {
      const { size, accounts } = ctx.state;
      const paid: Promise<void>[] = [];
      for (const { from, to, cents } of transfersOf(size)) {
        const [payer, payee] = [accounts[from], accounts[to]];
        if (payer === undefined || payee === undefined)
          throw new Error(`there is no account ${from} or ${to}`);
        paid.push(ctx.ask(payer, "pay", { to: payee, cents }, { timeoutMs: 0 }));
      }
      await Promise.all(paid);
      return Promise.all(accounts.map((account) => ctx.ask(account, "cents")));
    },
  },
});

export const banking = defineProgram({
  name: "banking",
  asks: "how long do 1,000 accounts take for 50,000 transfers, each confirmed?",
  full: { accounts: 1_000, transfers: 50_000 },
  quick: { accounts: 100, transfers: 2_000 },
  root: Teller,
  expected: (size) => {
    const cents = Array.from({ length: size.accounts }, () => START_CENTS);
    for (const transfer of transfersOf(size)) {
      cents[transfer.from] = (cents[transfer.from] ?? 0) - transfer.cents;
      cents[transfer.to] = (cents[transfer.to] ?? 0) + transfer.cents;
    }
    return cents;
  },
});

#!/usr/bin/env node
// The command line: its grammar, and nothing else. Every command is one function in a file beside this one, loaded
// when it is called, so that `hive token` does not wait for what `hive run` needs.
// Exit codes: cli/exit-codes.ts.

import { readFileSync } from "node:fs";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { CommandError, EXIT } from "./exit-codes.js";
import { emitError, type OutputOptions, outliveReaders } from "./output.js";

type Run = (...args: never[]) => Promise<number>;

const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];
const assignment = (value: string, before: readonly string[] = []): string[] => {
  if (!value.includes("=")) throw new InvalidArgumentError("Expected section.key=value.");
  return collect(value, before);
};

function withSettings(command: Command): Command {
  return command
    .option("--config <file>", "a settings file (TOML); repeat it for several, later ones win", collect)
    .option("--data <dir>", "the data directory")
    .option("--set <section.key=value>", "any setting; repeatable", assignment)
    .option("--json", "one JSON document on stdout, for machines");
}

function withHub(command: Command): Command {
  return withSettings(command)
    .option(
      "--url <url>",
      "the hub to talk to (HIVE_URL; else the one on the data directory or of the settings)",
    )
    .option("--token <token>", "the token to show it (HIVE_TOKEN; else signed with this machine's secret)");
}

/** Runs a command's function with commander's (…arguments, options, command) and leaves its exit code behind. */
function act<M>(load: () => Promise<M>, choose: (module: M) => Run): (...args: unknown[]) => Promise<void> {
  return async (...args) => {
    const given = args.slice(0, -1);
    const options = given.at(-1) as OutputOptions;
    try {
      process.exitCode = await choose(await load())(...(given as never[]));
    } catch (error) {
      process.exitCode = emitError(options, error);
    }
  };
}

/** Why an empty id is refused: it comes from a variable that is not set, and a path without one is another's. */
const id = (value: string): string => {
  if (value === "") throw new InvalidArgumentError("Expected an id, not an empty text.");
  return value;
};

const tasks = () => import("./task-commands.js");
const agents = () => import("./agent-commands.js");

function addHubCommands(program: Command): void {
  withSettings(program.command("start"))
    .description(
      "start a hub; the process respawns it when it dies, and stops it gracefully on SIGTERM or SIGINT",
    )
    .option("--host <host>", "the address to bind")
    .option("--port <port>", "the port; 0 for any free one")
    .option("--threads <n>", "worker threads; 0 for one less than cores")
    .option("--log-level <level>", "debug, info, warn, error or fatal")
    .option(
      "--check",
      "validate the settings and load the agents, print the effective settings, start nothing",
    )
    .action(
      act(
        () => import("./start-command.js"),
        (module) => module.runStart,
      ),
    );
  withHub(program.command("run <paths...>"))
    .description("one task for each file; on the running hub, else on one of its own that goes afterwards")
    .option("--threads <n>", "worker threads of a hub of its own")
    .action(
      act(
        () => import("./run-command.js"),
        (module) => module.runFiles,
      ),
    );
  withHub(program.command("status"))
    .description("how the hub does")
    .action(
      act(
        () => import("./status-command.js"),
        (module) => module.showStatus,
      ),
    );
  withHub(program.command("top"))
    .description("threads and the busiest actors, each second on a terminal")
    .option("--once", "look for one second and say what happened in it")
    .option("--limit <n>", "actors to show; 20 unless told otherwise")
    .action(
      act(
        () => import("./top-command.js"),
        (module) => module.showTop,
      ),
    );
  withSettings(program.command("calibrate"))
    .description(
      "measure which engine is the fastest for which size on this machine; the hub reads it at its start",
    )
    .option("--no-gpu", "leave out the graphics card and what stands in for it")
    .option("--quick", "small sizes only: done in seconds, and rougher")
    .action(
      act(
        () => import("./calibrate-command.js"),
        (module) => module.runCalibrate,
      ),
    );
  withSettings(program.command("token"))
    .description("print a token signed with the secret of the data directory")
    .addOption(new Option("--role <role>", "what it allows").choices(["admin", "client"]).default("client"))
    .option("--ttl <time>", "how long it lasts, such as 12h; default and most: security.token_ttl_seconds")
    .action(
      act(
        () => import("./token-command.js"),
        (module) => module.runToken,
      ),
    );
}

function addTaskCommands(program: Command): void {
  const task = program.command("task").description("create, see and change tasks");
  withHub(task.command("create <description>"))
    .description("give the hub a task")
    .option("--type <type>", "what kind of task; decides the action when --action does not")
    .option("--priority <priority>", "low, medium, high or critical")
    .option("--action <action>", "the action to run")
    .option("--agent <agent>", "only this agent may do it")
    .option("--parameters <json>", "the input as a JSON object, or @file with one in it")
    .option("--media-type <type>", "what the input is, such as text/csv")
    .option("--capability <name[:min[:weight]]>", "a capability the agent must have; repeatable", collect)
    .option("--timeout <time>", "of an attempt, such as 90s or 5m")
    .option("--max-retries <n>", "attempts after the first; default: tasks.max_retries")
    .option("--deadline <instant>", "ISO 8601 with an offset")
    .option("--depends-on <id>", "a task that has to complete first; repeatable", collect)
    .option("--tag <tag>", "repeatable", collect)
    .option("--idempotency-key <key>", "a create with the same key is the same task")
    .option("--wait", "wait until it has settled; exit 1 unless it completed")
    .action(act(tasks, (module) => module.createTask));
  withHub(task.command("get").argument("<id>", "of the task", id))
    .description("one task")
    .action(act(tasks, (module) => module.getTask));
  withHub(task.command("list"))
    .description("tasks, newest first")
    .option("--status <status>")
    .option("--priority <priority>", "low, medium, high or critical")
    .option("--agent <id>")
    .option("--type <type>")
    .option("--tag <tag>")
    .option("--limit <n>")
    .option("--offset <n>")
    .option("--sort-order <order>", "desc (newest first) or asc")
    .action(act(tasks, (module) => module.listTasks));
  withHub(task.command("cancel").argument("<id>", "of the task", id))
    .description("cancel a task that has not settled")
    .option("--reason <reason>")
    .action(act(tasks, (module) => module.cancelTask));
  withHub(task.command("retry").argument("<id>", "of the task", id))
    .description("reopen a settled task")
    .action(act(tasks, (module) => module.retryTask));
  withHub(task.command("wait").argument("<id>", "of the task", id))
    .description("wait until it has settled; exit 1 unless it completed")
    .option("--timeout <time>", "give up after this time, such as 5m")
    .action(act(tasks, (module) => module.waitForTask));
  withHub(task.command("explain").argument("<id>", "of the task", id))
    .description("why this agent, or why nobody")
    .action(act(tasks, (module) => module.explainTask));
}

function addAgentCommands(program: Command): void {
  const agent = program.command("agent").description("see, start and remove agents");
  withHub(agent.command("list"))
    .description("the roster")
    .option("--state <state>")
    .option("--type <type>")
    .option("--limit <n>")
    .option("--offset <n>")
    .option(
      "--sort-by <key>",
      "created_at, last_active, name, performance_score, tasks_completed, tasks_failed",
    )
    .option("--sort-order <order>", "desc or asc")
    .action(act(agents, (module) => module.listAgents));
  withHub(agent.command("get").argument("<id>", "or its name", id))
    .description("one agent")
    .action(act(agents, (module) => module.getAgent));
  withHub(agent.command("create <name>"))
    .description("start an instance of a loaded definition")
    .option("--definition <name>", "which; else the one that covers the capabilities")
    .option("--capability <name[:proficiency[:learning_rate]]>", "repeatable", collect)
    .option("--type <type>", "worker, coordinator, specialist or learner")
    .option("--description <text>")
    .option("--max-concurrent <n>", "attempts at the same time")
    .action(act(agents, (module) => module.createAgent));
  withHub(agent.command("remove").argument("<id>", "or its name", id))
    .description("remove an agent")
    .action(act(agents, (module) => module.removeAgent));
}

/** What commander says, in the words of our own errors. */
function usageError({ message }: CommanderError): CommandError {
  const isHelp = message === "(outputHelp)";
  const text = isHelp ? "a command is missing; see hive --help" : message.replace(/^error: /, "");
  return new CommandError("USAGE", text, EXIT.usage);
}

function buildProgram(wantsJson: boolean): Command {
  const program = new Command("hive")
    .description("An actor runtime and orchestration hub for AI agents.")
    .version(version)
    .exitOverride()
    .showHelpAfterError("(hive --help, hive <command> --help)");
  // The error is the document on stdout; what commander writes beside it would say it twice.
  if (wantsJson) program.configureOutput({ writeErr: () => undefined });
  addHubCommands(program);
  addTaskCommands(program);
  addAgentCommands(program);
  return program;
}

const wantsJson = process.argv.includes("--json");
outliveReaders();
try {
  await buildProgram(wantsJson).parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Help that was asked for is a success; commander gives help for a missing command the code 1.
  process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (wantsJson && process.exitCode === EXIT.usage) emitError({ json: true }, usageError(error));
}

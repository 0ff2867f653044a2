/**
 * This node among others: a number, a row, and a session lock that the database drops when the process dies. Nodes own
 * nothing; the number only says in which process a job's worker runs, so that jobs of a dead node can be released.
 */
import type { Database } from "../../store/index.ts";
import { releaseSql } from "./jobs/job-sql.ts";

const nodeLockClass = 7_310_002;
const channel = "interlock_node";

export interface Node {
  readonly id: number;
  /** False while this node is the only one: then nobody need be told of anything. */
  readonly hasPeers: boolean;
  /** Releases what dead nodes left behind. True when there was something. */
  releaseDead(): Promise<boolean>;
  leave(): Promise<void>;
}

export async function joinAsNode(database: Database, now: number): Promise<Node> {
  const rows = await database.query<{ id: string | number }>("select nextval('engine_node_id') as id");
  const id = Number(rows[0]?.id);
  if (!(await database.holdLock(nodeLockClass, id)))
    throw new Error(`Expected node number ${id} to be free, but another process holds it`);
  await database.query("insert into engine_node (id, started_at) values ($1, $2)", [id, now]);

  let hasPeers = false;
  // A node that joins says so; those who are here tell it things from then on.
  const unlisten = await database.listen(channel, (payload) => {
    if (payload !== String(id)) hasPeers = true;
  });
  await database.notify(channel, String(id));

  async function release(node: number): Promise<boolean> {
    const released = await database.query(`${releaseSql} where node_id = $1 and ended_at is null returning key`, [
      node,
    ]);
    await database.query("delete from engine_node where id = $1", [node]);
    return released.length > 0;
  }

  return {
    id,
    get hasPeers() {
      return hasPeers;
    },
    async releaseDead() {
      let found = false;
      const others = await database.query<{ id: number }>("select id from engine_node where id <> $1", [id]);
      let living = 0;
      for (const other of others) {
        if (await database.isLockFree(nodeLockClass, other.id)) found = (await release(other.id)) || found;
        else living++;
      }
      hasPeers = living > 0;
      return found;
    },
    async leave() {
      await unlisten();
      await release(id);
    },
  };
}

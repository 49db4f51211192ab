import type Database from "better-sqlite3";
import type { ProjectSummary } from "../../preload/contract.ts";
import { type MarkColumns, marksOf } from "./items.ts";

export interface Project {
  readonly id: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

interface ProjectRow extends MarkColumns {
  readonly id: string;
  readonly name: string;
  readonly created_at: number;
}

/** Projects hold experiments. The first one is always there. */
export class ProjectTable {
  private readonly upsert: Database.Statement<[string, string, number]>;
  private readonly removeProject: Database.Statement<[string]>;
  private readonly byId: Database.Statement<[string], ProjectRow>;
  private readonly all: Database.Statement<[], ProjectRow>;

  constructor(database: Database.Database) {
    this.upsert = database.prepare("INSERT OR REPLACE INTO project (id, name, created_at) VALUES (?, ?, ?)");
    this.removeProject = database.prepare("DELETE FROM project WHERE id = ?");
    const select = `SELECT project.id, coalesce(item.name, project.name) AS name, project.created_at,
      item.tags, item.notes, item.archived, item.trashed_at
      FROM project LEFT JOIN item ON item.kind = 'project' AND item.id = project.id`;
    this.byId = database.prepare(`${select} WHERE project.id = ?`);
    this.all = database.prepare(`${select} ORDER BY project.created_at, project.id`);
  }

  put({ id, name, createdAt }: Project): void {
    this.upsert.run(id, name, createdAt);
  }

  /** Experiments that are still in it come into the first project. */
  remove(id: string): void {
    this.removeProject.run(id);
  }

  get(id: string): ProjectSummary | undefined {
    const row = this.byId.get(id);
    return row === undefined ? undefined : summary(row);
  }

  /** Oldest first. */
  list(): ProjectSummary[] {
    return this.all.all().map(summary);
  }
}

function summary(row: ProjectRow): ProjectSummary {
  return { id: row.id, name: row.name, createdAt: row.created_at, ...marksOf(row) };
}

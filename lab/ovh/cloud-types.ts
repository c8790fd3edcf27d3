/** Object storage of a cloud project, as the fake keeps it. */

export interface Container {
  name: string;
  region: string;
  ownerId: number;
  createdAt: string;
  versioning: { status: string };
  objectLock?: { status: string; rule?: { mode: string; period: string } };
  encryption: { sseAlgorithm: string };
  tags: Record<string, string>;
  lifecycle?: object;
  replication?: object;
  /** Objects of the container; only tests put some there, a container must be empty to be deleted. */
  objects: { key: string; versionId: string }[];
}

export interface CloudUser {
  id: number;
  username: string;
  description: string;
  roles: string[];
  status: "creating" | "ok" | "deleting";
  creationDate: string;
  credentials: { access: string; secret: string }[];
  policy?: string;
}

export interface CloudProject {
  id: string;
  regions: string[];
  containers: Container[];
  users: CloudUser[];
}

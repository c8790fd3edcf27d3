/** A world in memory: it remembers what the fake API did to it. */
import type { Installation, Publication, StorageAccess, World } from "./world";

export class MemoryWorld implements World {
  /** What the name servers serve, by zone. */
  readonly published = new Map<string, Publication>();
  /** "name address" pairs that public DNS answers. */
  readonly forward = new Set<string>();
  readonly reverseNames = new Map<string, string>();
  readonly installed = new Map<string, Installation>();
  /** Where each moved block leads now. */
  readonly routes = new Map<string, string | undefined>();
  readonly storages = new Map<string, StorageAccess[]>();
  /** Everything that happened, in order, as "verb subject". */
  readonly events: string[] = [];
  /** When set, the next act fails with this message. */
  failNext: string | undefined;

  private happened(event: string): void {
    const message = this.failNext;
    this.failNext = undefined;
    if (message) throw new Error(message);
    this.events.push(event);
  }

  async publish(publication: Publication): Promise<void> {
    this.happened(`publish ${publication.zone}`);
    this.published.set(publication.zone, publication);
  }

  async resolves(name: string, address: string): Promise<boolean> {
    return this.forward.has(`${name.replace(/\.$/, "")} ${address}`);
  }

  async reverse(address: string, name: string | undefined): Promise<void> {
    this.happened(`reverse ${address}`);
    if (name === undefined) this.reverseNames.delete(address);
    else this.reverseNames.set(address, name);
  }

  async reinstall(server: string, installation: Installation): Promise<void> {
    this.happened(`reinstall ${server}`);
    this.installed.set(server, installation);
  }

  async reboot(server: string, boot: "harddisk" | "rescue"): Promise<void> {
    this.happened(`reboot ${server} ${boot}`);
  }

  async moveAddress(block: string, _from: string | undefined, to: string | undefined): Promise<void> {
    this.happened(`move ${block}`);
    this.routes.set(block, to);
  }

  async openStorage(server: string, accesses: StorageAccess[]): Promise<void> {
    this.happened(`openStorage ${server}`);
    this.storages.set(server, accesses);
  }

  async destroyStorage(server: string): Promise<void> {
    this.happened(`destroyStorage ${server}`);
    this.storages.delete(server);
  }
}

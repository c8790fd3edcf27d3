/** The roles that mail passes through, and the webmail. */

import { mtaStsPolicy } from "../../plan/dns/mta-sts";
import { clientNames } from "../../plan/dns/names";
import { Filter } from "../../roles/filter";
import { Mailstore } from "../../roles/mailstore";
import { Mx } from "../../roles/mx";
import { Relay } from "../../roles/relay";
import { certificatePaths, PORTS } from "../../roles/shared/paths";
import { Submission } from "../../roles/submission";
import { Webmail } from "../../roles/webmail";
import { addressesOf, hostsWith } from "../../site";
import { endpoint, mta, postmaster, siteHostnames, text } from "./hosts";
import { keyFiles, signers } from "./keys";
import type { Place } from "./place";

export const filter: Place = (name, host, connection, { site, dkim }, opts) =>
  new Filter(
    name,
    {
      host: connection,
      ...mta(site, host),
      dkim: signers(dkim),
      dkimKeys: keyFiles(dkim),
      trainers: addressesOf(hostsWith(site, "mailstore")),
      scores: site.filter.scores,
      greylisting: site.filter.greylisting,
      rateLimit: site.submission.rateLimit,
      clamav: site.filter.clamav,
      clamavSignatures:
        site.filter.signatures.length > 0 ? { "site.ndb": `${site.filter.signatures.join("\n")}\n` } : {},
      messageSizeLimit: site.mx.messageSizeLimit,
    },
    opts,
  );

export const mailstore: Place = (name, host, connection, { site, accounts }, opts) =>
  new Mailstore(
    name,
    {
      host: connection,
      users: accounts.users,
      hostname: host.hostname,
      postmaster: postmaster(site),
      pop3: site.mailstore.pop3,
      quota: site.mailstore.quota,
      fullTextSearch: site.mailstore.fullTextSearch,
      relayHosts: addressesOf(hostsWith(site, "relay")),
      submissionHosts: addressesOf(hostsWith(site, "submission")),
      webmailHosts: addressesOf(hostsWith(site, "webmail")),
      // The listener for the site's own programs: replies and redirects are signed like any other mail of ours.
      outbound: text(endpoint(site, host, "submission", PORTS.siteSubmission)),
      controller: text(endpoint(site, host, "filter", PORTS.controller)),
    },
    opts,
  );

export const relay: Place = (name, host, connection, { site }, opts) =>
  new Relay(
    name,
    {
      host: connection,
      ...mta(site, host),
      siteHostnames: siteHostnames(site),
      mailstore: endpoint(site, host, "mailstore", PORTS.lmtp),
      ...(site.relay.smarthost === undefined ? {} : { smarthost: site.relay.smarthost }),
      queueLifetime: site.relay.queueLifetime,
      messageSizeLimit: site.mx.messageSizeLimit + 1024 ** 2,
    },
    opts,
  );

export const submission: Place = (name, host, connection, { site }, opts) =>
  new Submission(
    name,
    {
      host: connection,
      ...mta(site, host),
      relay: endpoint(site, host, "relay", PORTS.relay),
      sasl: endpoint(site, host, "mailstore", PORTS.sasl),
      sitePort: PORTS.siteSubmission,
      messageSizeLimit: site.mx.messageSizeLimit,
    },
    opts,
  );

export const mx: Place = (name, host, connection, { site }, opts) =>
  new Mx(
    name,
    {
      host: connection,
      ...mta(site, host),
      siteHostnames: siteHostnames(site),
      relay: endpoint(site, host, "relay", PORTS.relay),
      blockLists: site.mx.blockLists,
      greetWait: site.mx.greetWait,
      messageSizeLimit: site.mx.messageSizeLimit,
    },
    opts,
  );

export const webmail: Place = (name, host, connection, { site, caPem }, opts) => {
  const names = clientNames(site);
  return new Webmail(
    name,
    {
      host: connection,
      name: names.webmail,
      certificate: host.hostname,
      domains: site.domains.filter((domain) => domain.mail).map((domain) => domain.name),
      productName: site.webmail.productName,
      imapHost: names.imap,
      submissionHost: names.smtp,
      pop3: site.mailstore.pop3,
      messageSizeLimit: site.mx.messageSizeLimit,
      mtaStsPolicy: mtaStsPolicy(site),
      // Without a CA there is only our own signature to trust.
      ...(site.certificates.acme || caPem ? {} : { caFile: certificatePaths(host.hostname).chain }),
    },
    opts,
  );
};

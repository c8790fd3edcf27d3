/** The policy pack: what a reviewer would refuse, refused before anything changes. Run by policies/postfleet-policies. */
import { PolicyPack } from "@pulumi/policy";
import { POLICIES } from "./policies";

new PolicyPack("postfleet", { policies: POLICIES });

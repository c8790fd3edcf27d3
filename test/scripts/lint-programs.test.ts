import { forms, lintPrograms } from "../../scripts/lint-programs";
import { newFolder } from "../support/folder";

test("a program is linted in every form that its parts allow", () => {
  expect(forms("a\n#@if x\nb\n#@else\nc\n#@end\n#@if not y\nd\n#@end")).toEqual(["a\nc\nd", "a\nb\nd", "a\nc", "a\nb"]);
  expect(forms("a\n")).toEqual(["a\n"]);
});

test("what a linter says of one form is a finding, and so is a linter that is missing", () => {
  const root = newFolder({
    "roles/a/programs/bad.sh": '#!/bin/sh\n#@if x\necho "$1"\n#@else\necho $1\n#@end\n',
    "roles/a/programs/good.sh": '#!/bin/sh\necho "$1"\n',
    "provider/a/b/programs/bad.sh": "#!/bin/sh\necho $1\n",
    "roles/a/files.sh": "#!/bin/sh\necho $1\n",
  });
  const found = new Map(lintPrograms(root, `${root}/no-ruff`).map(({ what, words }) => [what, words]));
  expect(found.get("roles/a/programs/bad.sh")).toMatch(/SC2086/);
  expect(found.get("Python")).toMatch(/no-ruff ENOENT/);
  expect([...found.keys()].filter((what) => what.includes("/"))).toEqual([
    "roles/a/programs/bad.sh",
    "provider/a/b/programs/bad.sh",
  ]);
});

import { describe, expect, it } from "vitest";
import { parsePolicy } from "../../src/policy/parse-policy.ts";
import { errorsOf, HEAD, target, targets } from "./policy-text.ts";

describe("fields", () => {
  const name =
    "a name of lower-case letters, digits, '-' and '.' that starts and ends with a letter or digit, of 253 characters at most";
  const file = "the absolute path of a file, starting with '/' and not ending with one, of 4096 characters at most";

  it.each<[string, string[]]>([
    [
      target("selektion: auto"),
      [
        "p.yaml:5: targets[0].selektion is an unknown field; did you mean selection? allowed: runtimeClass, selection, trust, variant, configPath, maxImageLayers, kata or private",
      ],
    ],
    [
      target("color: red"),
      [
        "p.yaml:5: targets[0].color is an unknown field; allowed: runtimeClass, selection, trust, variant, configPath, maxImageLayers, kata or private",
      ],
    ],
    [
      `${HEAD}__proto__: {a: 1}\n`,
      [
        "p.yaml:3: __proto__ is an unknown field; allowed: apiVersion, kind, targets, rules, dangerouslyAllow, barePods, harmlessResources, status or rollout",
      ],
    ],
    [
      `${HEAD}"a b": 1\n`,
      [
        'p.yaml:3: ["a b"] is an unknown field; allowed: apiVersion, kind, targets, rules, dangerouslyAllow, barePods, harmlessResources, status or rollout',
      ],
    ],
    [
      target("selection: annotations"),
      [
        'p.yaml:5: targets[0].selection is "annotations"; allowed: auto, runtime-class, config-path or hypervisor-annotations',
      ],
    ],
    [
      target("selection:", "  - auto"),
      ["p.yaml:5: targets[0].selection is a list; allowed: auto, runtime-class, config-path or hypervisor-annotations"],
    ],
    [target("trust: everyone"), ['p.yaml:5: targets[0].trust is "everyone"; allowed: evidence or operator']],
    [target("trust: 3"), ["p.yaml:5: targets[0].trust is 3; allowed: evidence or operator"]],
    [target("kata:", "  runtime: rust"), ['p.yaml:6: targets[0].kata.runtime is "rust"; allowed: go or runtime-rs']],
    [
      target("private: {rootfs: nfs}"),
      ['p.yaml:5: targets[0].private.rootfs is "nfs"; allowed: block, erofs, guest-pull or shared'],
    ],
    [
      target("private: {emptydirMode: x}"),
      ['p.yaml:5: targets[0].private.emptydirMode is "x"; allowed: shared-fs, block-plain or block-encrypted'],
    ],
    [
      target("private: {disableBlockDeviceUse: no}"),
      ['p.yaml:5: targets[0].private.disableBlockDeviceUse is "no"; allowed: true or false'],
    ],
    [
      target("kata: {version: 3.32}"),
      [
        "p.yaml:5: targets[0].kata.version is 3.32, a number to YAML (put it in quotes); allowed: a Kata release such as 3.32.0 or 4.1.0-rc0",
      ],
    ],
    [
      target("kata: {version: '3.32'}"),
      ['p.yaml:5: targets[0].kata.version is "3.32"; allowed: a Kata release such as 3.32.0 or 4.1.0-rc0'],
    ],
    [
      target("private: {version: latest}"),
      ['p.yaml:5: targets[0].private.version is "latest"; allowed: a Kata release such as 3.32.0 or 4.1.0-rc0'],
    ],
    [
      target("kata: {kubeletRoot: var/lib}"),
      ["p.yaml:5: targets[0].kata.kubeletRoot is \"var/lib\"; allowed: an absolute path, starting with '/'"],
    ],
    [target("maxImageLayers: 0"), ["p.yaml:5: targets[0].maxImageLayers is 0; allowed: a whole number from 1 to 127"]],
    [
      target("maxImageLayers: 2.5"),
      ["p.yaml:5: targets[0].maxImageLayers is 2.5; allowed: a whole number from 1 to 127"],
    ],
    [target("configPath: a.toml"), [`p.yaml:5: targets[0].configPath is "a.toml"; allowed: ${file}`]],
    [target("configPath: /etc/"), [`p.yaml:5: targets[0].configPath is "/etc/"; allowed: ${file}`]],
    [target('configPath: "/a\\nb"'), [`p.yaml:5: targets[0].configPath is "/a\\nb"; allowed: ${file}`]],
    [
      target("selection: config-path"),
      ["p.yaml:5: targets[0].selection is config-path, which needs configPath: the file that every node has"],
    ],
    [target("variant: Kata"), [`p.yaml:5: targets[0].variant is "Kata"; allowed: ${name}`]],
    [target(`variant: ${"x".repeat(254)}`), [`p.yaml:5: targets[0].variant is "${"x".repeat(79)}…; allowed: ${name}`]],
    [target("variant:"), [`p.yaml:5: targets[0].variant is empty; allowed: ${name}`]],
    [`${HEAD}targets:\n`, ["p.yaml:3: targets is empty; allowed: a list of at least 1"]],
    [`${HEAD}targets: []\n`, ["p.yaml:3: targets is an empty list; allowed: a list of at least 1"]],
    [`${HEAD}targets: {}\n`, ["p.yaml:3: targets is a map of fields; allowed: a list of at least 1"]],
    [`${HEAD}targets:\n  - selection: auto\n`, [`p.yaml:4: targets[0].runtimeClass is missing; allowed: ${name}`]],
    [
      `${HEAD}targets:\n  - runtimeClass: a\n  - x\n`,
      [
        'p.yaml:5: targets[1] is "x"; allowed: a map of runtimeClass, selection, trust, variant, configPath, maxImageLayers, kata or private',
      ],
    ],
    [`${HEAD}rollout: {percent: 101}\n`, ["p.yaml:3: rollout.percent is 101; allowed: a number from 0 to 100"]],
    [`${HEAD}rollout: {percent: -1}\n`, ["p.yaml:3: rollout.percent is -1; allowed: a number from 0 to 100"]],
    [`${HEAD}rollout: {percent: .nan}\n`, ["p.yaml:3: rollout.percent is NaN; allowed: a number from 0 to 100"]],
    [`${HEAD}rollout: {percent: 50%}\n`, ['p.yaml:3: rollout.percent is "50%"; allowed: a number from 0 to 100']],
    [`${HEAD}barePods: leave\n`, ['p.yaml:3: barePods is "leave"; allowed: patch or skip']],
    [
      `${HEAD}harmlessResources: [cpu]\n`,
      [
        'p.yaml:3: harmlessResources[0] is "cpu"; allowed: a resource name with its domain, such as example.com/device, of 317 characters at most',
      ],
    ],
    [
      `${HEAD}harmlessResources:\n  - a.b/c\n  - a.b/c\n`,
      ['p.yaml:5: harmlessResources[1] is "a.b/c" again; each is named once'],
    ],
    [
      `${HEAD}status: {annotate: false}\n`,
      ["p.yaml:3: status.annotate is an unknown field; allowed: annotatePatched, annotateSkipped or warn"],
    ],
    [
      `${HEAD}rules: {HostPathVolume: warn}\n`,
      [
        "p.yaml:3: rules.HostPathVolume is a rule that blocks, which rules does not set; it is switched off by its name under dangerouslyAllow",
      ],
    ],
    [
      `${HEAD}rules: {DefaultEmptyDir: deny}\n`,
      ['p.yaml:3: rules.DefaultEmptyDir is "deny"; allowed: allow, warn or skip'],
    ],
  ])("%s", (text, errors) => {
    expect(errorsOf(text)).toEqual(errors);
  });

  it("says where a rule belongs, and what was probably meant", () => {
    expect(errorsOf(`${HEAD}dangerouslyAllow: [ImageVolume]\n`)[0]).toMatch(
      /^p\.yaml:3: dangerouslyAllow\[0\] is "ImageVolume", which only degrades and is set under rules; allowed: HostPathVolume, /,
    );
    expect(errorsOf(`${HEAD}dangerouslyAllow: [HostpathVolumes]\n`)[0]).toMatch(
      / is "HostpathVolumes" \(did you mean HostPathVolume\?\); allowed: /,
    );
    expect(errorsOf(`${HEAD}dangerouslyAllow: [InternalError]\n`)[0]).toMatch(/ is "InternalError"; allowed: /);
  });

  it("tells every error at once, in the order of the lines", () => {
    expect(
      errorsOf(`${HEAD}zzz: 1\ntargets:\n  - selection: x\n    trust: y\n`).map((each) => each.split(" ", 2).join(" ")),
    ).toEqual([
      "p.yaml:3: zzz",
      "p.yaml:5: targets[0].runtimeClass",
      "p.yaml:5: targets[0].selection",
      "p.yaml:6: targets[0].trust",
    ]);
  });
});

describe("targets together", () => {
  it.each<[string, string[]]>([
    [
      targets("runtimeClass: a", "runtimeClass: b", "runtimeClass: a"),
      ['p.yaml:6: targets[2].runtimeClass is "a", as is targets[0].runtimeClass; one target for each RuntimeClass'],
    ],
    [
      targets("runtimeClass: a, variant: a"),
      ['p.yaml:4: targets[0].variant is "a", the target\'s own runtimeClass; name the class that replaces it'],
    ],
    [
      targets("runtimeClass: a, variant: b", "runtimeClass: b"),
      ['p.yaml:4: targets[0].variant is "b", which is targets[1].runtimeClass; a variant is no target'],
    ],
    [
      targets("runtimeClass: a, variant: v", "runtimeClass: b, variant: v"),
      ['p.yaml:5: targets[1].variant is "v", as is targets[0].variant; a variant stands in for one RuntimeClass'],
    ],
    [targets("runtimeClass: a, variant: v", "runtimeClass: b, variant: w"), ["valid"]],
    [targets("runtimeClass: a", "runtimeClass: b"), ["valid"]],
  ])("%s", (text, errors) => {
    expect(errorsOf(text)).toEqual(errors);
  });
});

describe("patterns", () => {
  it.each(["[", "(?=x)", String.raw`(a)\1`, "*"])("names the broken pattern %s", (pattern) => {
    const [error] = errorsOf(target(`kata: {enableAnnotations: [ok, ${JSON.stringify(pattern)}]}`));
    expect(error).toContain(
      `p.yaml:5: targets[0].kata.enableAnnotations[1] is ${JSON.stringify(pattern)}, which is no RE2 expression (`,
    );
    expect(error).toContain("allowed: what Go's regexp compiles");
  });

  it.each(["", ".*", "^shared_fs$", "(?P<n>x)", String.raw`\Qa\E`])("takes %j", (pattern) => {
    expect(errorsOf(target(`private: {enableAnnotations: [${JSON.stringify(pattern)}]}`))).toEqual(["valid"]);
  });

  it("names what the engine would not judge, one pattern or all together", () => {
    expect(errorsOf(target("kata: {enableAnnotations: ['(a{1000}){2}']}"))[0]).toMatch(
      /enableAnnotations\[0\] is "\(a\{1000\}\)\{2\}", which is (too large|no RE2)/,
    );
    const many = Array.from({ length: 100 }, (_, index) => `a{${900 + index}}`);
    expect(errorsOf(target(`kata: {enableAnnotations: [${many.map((each) => `'${each}'`).join(", ")}]}`))).toEqual([
      "p.yaml:5: targets[0].kata.enableAnnotations is larger, all patterns together, than what is judged; allowed: short names, as Kata ships them",
    ]);
    const list = Array.from({ length: 257 }, () => "a").join(", ");
    expect(errorsOf(target(`kata: {enableAnnotations: [${list}]}`))).toEqual([
      "p.yaml:5: targets[0].kata.enableAnnotations is a list; allowed: a list of 256 at most",
    ]);
  });
});

describe("warnings", () => {
  it.each<[string, string[]]>([
    [
      target("trust: operator"),
      ["targets[0].trust: operator has no effect with selection: auto; name one selection to force it"],
    ],
    [target("trust: operator", "selection: runtime-class"), []],
    [
      target("selection: runtime-class", "configPath: /a"),
      ["targets[0].configPath has no effect with selection: runtime-class"],
    ],
    [
      target("selection: hypervisor-annotations", "variant: v"),
      ["targets[0].variant has no effect with selection: hypervisor-annotations"],
    ],
    [target("variant: v", "configPath: /a"), []],
    [
      `${HEAD}dangerouslyAllow: [HostPathVolume, NetworkVolume]\n`,
      ["dangerouslyAllow switches off HostPathVolume, NetworkVolume: such pods can lose data or break silently"],
    ],
    [
      `${HEAD}status: {annotatePatched: false}\n`,
      [
        "status.annotatePatched: false leaves no memory of a patch: a pod that a later webhook makes unfit is not put back",
      ],
    ],
    [`${HEAD}rollout: {percent: 0}\n`, ["rollout.percent: 0 leaves every pod alone"]],
  ])("%s", (text, warnings) => {
    expect(parsePolicy(text, "p.yaml")).toMatchObject({ kind: "policy", warnings });
  });
});

// Environment variables in specs.

import Basics
import Foundation
import Specification
import Testing

@Suite struct EnvironmentTests {
    @Test(
        arguments: [
            ("plain", "plain", []), ("${A}", "one", ["A"]), ("x${A}y${B:-two}z", "xoneytwoz", ["A", "B"]),
            ("${A:-other}", "one", ["A"]), ("${B:-}", "", ["B"]), ("$${A}", "${A}", []), ("$$${A}", "$${A}", []),
            ("$A {B} $", "$A {B} $", []), ("${1A}", "${1A}", []), ("${A", "${A", []), ("${A b}", "${A b}", []),
            ("é${A}é", "éoneé", ["A"]), ("${B:-a:-b}", "a:-b", ["B"]), ("", "", []),
        ] as [(String, String, [String])])
    func putsVariablesIn(template: String, text: String, names: [String]) throws {
        let template = EnvironmentText(template)
        #expect(try template.resolved(in: Environment(["A": "one"])) == text)
        #expect(template.names == names)
    }

    @Test func reportsEverythingMissing() {
        let text = EnvironmentText("${A}/${B}/${C:-c}/${A}")
        #expect(text.missing(in: Environment(["B": "b"])) == ["A", "A"])
        #expect(throws: MissingEnvironment(names: ["A", "B", "A"])) { try text.resolved(in: Environment([:])) }
    }

    @Test func referencesAreRelativeToTheirFile() throws {
        let environment = Environment(["HOME": "/home/me", "DATA": "/data"])
        func path(_ text: String, in folder: String) throws -> FileReference.Location {
            try FileReference(EnvironmentText(text), folder: folder).location(in: environment)
        }
        #expect(try path("a.tar", in: ".") == .path("a.tar"))
        #expect(try path("a.tar", in: "experiments") == .path("experiments/a.tar"))
        #expect(try path("${DATA}/a.tar", in: "experiments") == .path("/data/a.tar"))
        #expect(try path("~/a.tar", in: "experiments") == .path("/home/me/a.tar"))
        guard case .url(let url) = try path("http://example.com/a.tar", in: "experiments") else {
            Issue.record("no URL")
            return
        }
        #expect(url.host() == "example.com")
    }

    private func loader(_ files: [String: String], _ environment: [String: String] = [:]) -> SpecLoader {
        SpecLoader(files.merging(["dir/small.yaml": ErrorPage.smallSpec]) { own, _ in own }, environment: environment)
    }

    @Test func environmentFileIsBesideTheSpecAndBeneathTheProcess() throws {
        let files = [
            "dir/spec.yaml": "extends: small.yaml\nname: ${A}-${B}-${C}\n",
            "dir/.env": "# a comment\nA=file\nexport B = 'two words'\n\nC=\"a=b\"\n",
        ]
        let loaded = try loader(files, ["A": "process"]).load("dir/spec.yaml")
        #expect(loaded.spec.name == "process-two words-a=b")
        #expect(loaded.environment["B"] == "two words")
    }

    @Test func invalidEnvironmentFileIsReportedWithoutItsText() throws {
        let files = ["dir/spec.yaml": "extends: small.yaml\n", "dir/.env": "A=1\nsecret-without-name\n"]
        let (found, sources) = diagnostics(loader(files), "dir/spec.yaml")
        #expect(found.map(\.code) == ["bad-environment-file"])
        let text = DiagnosticRenderer(sources: sources).render(found)
        #expect(text.contains("line 2") && !text.contains("secret-without-name"))
    }

    @Test func aVariableAloneHasTheTypeOfItsValue() throws {
        let spec = """
            extends: small.yaml
            splits:
              main: { train: "${TRAIN}", validation: 5, test: "${TEST:-5}" }
            requests:
              plain: { max_tokens: "${TOKENS}", detail: "${DETAIL:-low}" }
            providers:
              local: { account: "${NUMBER}" }
            """
        let environment = ["TRAIN": "40", "TOKENS": "7", "NUMBER": "12345"]
        let loaded = try loader(["dir/spec.yaml": spec], environment).load("dir/spec.yaml")
        #expect(loaded.spec.splits["main"] == SplitSpec(train: 40, validation: 5, test: 5))
        #expect(loaded.spec.requests["plain"]?.maxTokens == 7)
        #expect(loaded.spec.requests["plain"]?.detail == .low)
        guard case .emulator(let emulator)? = loaded.spec.providers["local"] else {
            Issue.record("no emulator")
            return
        }
        #expect(emulator.account.text == "12345")
    }

    @Test func aSecretNeverReachesTheSpecOrAMessage() throws {
        let planted = "sk-planted-0123456789"
        let spec = """
            extends: small.yaml
            providers:
              open: { kind: openai, api_key: "${KEY}", endpoint: "http://localhost:1/v1" }
            """
        let loaded = try loader(["dir/spec.yaml": spec], ["KEY": planted]).load("dir/spec.yaml")
        let json = try JSONValue(encoding: loaded.spec).canonical
        #expect(json.contains("${KEY}") && !json.contains(planted))

        // A secret written into the file is rejected, and masked wherever its line is shown.
        for line in ["api_key: \(planted)", "api_key: \"\(planted)\", kin: x", "kin: x, api_key: '\(planted)'"] {
            let spec = "extends: small.yaml\nproviders:\n  open: { kind: openai, \(line) }\n"
            let (found, sources) = diagnostics(loader(["dir/spec.yaml": spec]), "dir/spec.yaml")
            #expect(found.contains { $0.code == "secret-in-spec" })
            #expect(!DiagnosticRenderer(sources: sources).render(found).contains(planted), "\(line)")
        }
    }

    /// A default for a secret would be in the file, and therefore in reports.
    @Test(arguments: [
        "api_key: \"${UNSET:-sk-planted-0123456789}\"", "api_key: ${UNSET:-sk-planted-0123456789}",
        "api_key: \"${A}${UNSET:-sk-planted-0123456789}\"", "api_key: \"sk-planted-0123456789${A}\"",
        "api_key: \"${UNSET:-x}\"", "api_key: \"${UNSET:- }\"", "api_key: [sk-planted-0123456789]",
    ])
    func aSecretHasNoLiteralPart(line: String) throws {
        let spec = "extends: small.yaml\nproviders:\n  open:\n    kind: openai\n    \(line)\n"
        let (found, sources) = diagnostics(loader(["dir/spec.yaml": spec]), "dir/spec.yaml")
        #expect(found.contains { $0.code == "secret-in-spec" && $0.range?.line == 5 }, "\(found.map(\.message))")
        let text = DiagnosticRenderer(sources: sources).render(found)
        #expect(!text.contains("planted") && !text.contains(":-x"), "\(text)")
    }

    /// Guards against `validate` printing the value of a variable, which may be a key in the wrong place.
    @Test(arguments: [
        "dataset: { archive: x.tar, sha256: \"${KEY}\" }", "name: ok\ndataset: { folder: x, layout: \"${KEY}\" }",
        "requests: { plain: { detail: \"${KEY}\" } }", "requests: { plain: { prompt: \"${KEY}\" } }",
        "requests: { plain: { max_tokens: \"${KEY}\" } }", "requests: { plain: { temperature: \"x${KEY}\" } }",
        "baseline: \"${KEY}\"", "evaluations: { online: { split: \"${KEY}\" } }", "prices: \"${KEY}/${KEY}\"",
        "extends: \"${KEY}\"", "providers: { local: { kind: \"${KEY}\" } }", "splits: { main: { order: \"${KEY}\" } }",
        "providers: { o: { kind: openai, endpoint: \"${KEY}\" } }", "budget: { usd: \"${KEY}\" }",
        "providers: { local: { account: \"a/${KEY}\" } }",
    ])
    func whatAVariableStandsForIsNotShown(line: String) throws {
        // Of a path, a short part is shown.
        let isPath = line.hasPrefix("extends") || line.hasPrefix("prices")
        for key in ["planted-value-of-a-key", "plantd"] where !isPath || key.count > 8 {
            let spec = line.hasPrefix("extends") ? line + "\n" : "extends: small.yaml\n\(line)\n"
            let (found, sources) = diagnostics(loader(["dir/spec.yaml": spec], ["KEY": key]), "dir/spec.yaml")
            #expect(!found.isEmpty)
            let text = DiagnosticRenderer(sources: sources).render(found)
            #expect(!text.contains(key), "\(text)")
            for diagnostic in found { #expect(!(diagnostic.message + (diagnostic.hint ?? "")).contains(key)) }
        }
    }
}

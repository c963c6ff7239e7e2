// Carets below the right text, and hidden secrets.

import Basics
import Foundation
import Specification
import Testing

@Suite struct DiagnosticRendererTests {
    private func rendered(_ text: String, _ settings: [String] = []) -> String {
        let files = ["spec.yaml": text, "small.yaml": ErrorPage.smallSpec]
        let (found, sources) = diagnostics(SpecLoader(files), "spec.yaml", settings: settings)
        return DiagnosticRenderer(sources: sources).render(found)
    }

    /// The caret's line, and the columns of a terminal before it and of it.
    @Test(
        arguments: [
            ("ascii", "prompts: { a: { system: \"x\", usr: [image] } }", 29, 3),
            ("wide", "prompts: { a: { system: \"画像 日本\", usr: [image] } }", 37, 3),
            ("combining", "prompts: { a: { system: \"e\u{301}\", usr: [image] } }", 29, 3),
            ("emoji", "prompts: { a: { system: \"👩‍👩‍👧\", usr: [image] } }", 30, 3),
            ("wide itself", "evaluations: { accuracy: { models: { 猫猫: {} } } }", 37, 4),
        ] as [(String, String, Int, Int)])
    func caretIsBelowTheError(id: String, text: String, before: Int, length: Int) throws {
        let lines = rendered("extends: small.yaml\n\(text)\n").components(separatedBy: "\n")
        let gutter = "  2 | "
        let at = try #require(lines.firstIndex { $0.hasPrefix(gutter) })
        let caret = lines[at + 1].dropFirst(gutter.count)
        #expect(caret == String(repeating: " ", count: before) + "^" + String(repeating: "~", count: length - 1), "\(id)")
    }

    @Test func aTabBeforeTheCaretStays() {
        let text = rendered("extends: small.yaml\nsplits:\n  main: { train:\t\"40\" }\n")
        #expect(text.contains("  3 |   main: { train:\t\"40\" }\n    |                 \t^~~~"), "\(text)")
    }

    /// The part of a long line near the caret.
    @Test func aLongLineIsCut() throws {
        let many = Array(repeating: "random_horizontal_flip", count: 400)
        let list = (many + ["random_flip"] + many).joined(separator: ", ")
        let text = rendered("extends: small.yaml\nmodels: { cnn: { train: { augment: [\(list)] } } }\n")
        let lines = text.components(separatedBy: "\n")
        #expect(lines.allSatisfy { $0.count < 220 })
        let at = try #require(lines.firstIndex { $0.contains("random_flip,") })
        let place = try #require(lines[at].firstRange(of: "random_flip,")).lowerBound
        #expect(lines[at].distance(from: lines[at].startIndex, to: place) == lines[at + 1].prefix { $0 != "^" }.count)
    }

    /// Secrets in all the places where people put them.
    @Test(arguments: [
        "providers: { a: { kind: openai, api_key: hush-1234 } }",
        "providers:\n  a:\n    kind: openai\n    api_key:\n      hush-1234",
        "providers:\n  a:\n    kind: openai\n    api_key: >-\n      hush-1234",
        "providers: { a: { kind: openai, apikey: hush-1234 } }",
        "providers: { a: { kind: openai, api_key: \"${KEY:-}\", API-Key: hush-1234 } }",
        "providers: { a: { kind: azure-openai, endpoint: \"https://x\", auth: { bearer: hush-1234 } } }",
        "providers: { a: { kind: azure-openai, endpoint: \"https://x\", auth: { client-credentials: { tenant: t, "
            + "client_id: i, client_secret: hush-1234 } } } }",
        // Guards against showing the values of mistyped keys.
        "providers: { a: { kind: openai, key: hush-1234 } }", "providers: { a: { kind: openai, \"api_key \": hush-1234 } }",
        "providers: { a: { kind: openai, credential: hush-1234 } }", "providers: { a: { kind: openai, apy_kee: hush-1234 } }",
        "providers:\n  a:\n    kind: openai\n    ky: hush-1234", "providers:\n  a:\n    kind: openai\n    passwd : hush-1234",
        "providers: { a: { kind: openai, endpoint: \"https://x.example/v1?api-key=hush-1234\" } }",
        "providers: { a: { kind: openai, endpoint: \"https://x.example/v1#hush-1234\" } }",
        "providers: { a: { kind: openai, api_key: hush-1, token: \"hush, 2\", organization: o, bearer: 'hush' } }",
        "providers: { a: { kind: openai, api_key: \"hush, 1\"x } }", "providers: { a: { kind: openai, api_key: \"hush, 1",
    ])
    func secretsAreNotShown(text: String) {
        let shown = rendered("extends: small.yaml\n\(text)\n")
        #expect(shown.contains("error["))
        #expect(!shown.contains("hush"), "\(shown)")
    }
}

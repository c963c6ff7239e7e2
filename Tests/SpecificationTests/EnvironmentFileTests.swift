// .env files are parsed like python-dotenv does.

import Basics
import Foundation
import Specification
import Testing

@Suite struct EnvironmentFileTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var id: String
        var text: String
        var testDescription: String { id }
    }

    static let cases = [
        Case(id: "plain", text: "A=1\nB=two\n"), Case(id: "spaces", text: "  A =  1  \n\tB\t=\ttwo words \t\n"),
        Case(id: "empty", text: ""), Case(id: "blank-lines", text: "\n\n  \nA=1\n\n"), Case(id: "no-line-end", text: "A=1"),
        Case(id: "empty-values", text: "A=\nB=''\nC=\"\"\nD= \n"), Case(id: "name-alone", text: "A\nB=1\nexport C\n"),
        Case(id: "comments", text: "# c\nA=1 # c\nB=1#c\nC=#c\nD= # c\n  # c\nE='x' # c\nF=\"x\"# c\nG=a #b #c\n"),
        Case(
            id: "quotes", text: "A='single'\nB=\"double\"\nC='it\\'s'\nD=\"a \\\"b\\\" c\"\nE=un'quo\"ted\nF='a\"b'\nG=\"a'b\"\n"),
        Case(id: "case-23", text: "KEY=\"x\" # note\n"), Case(id: "hash-in-quotes", text: "A=\"a # b\"\nB='a # b'\n"),
        Case(id: "export", text: "export A=1\nexport  B = 'two words'\nexport=3\nexported=4\n"),
        Case(id: "escapes", text: #"A="\a\b\f\n\r\t\v\\\'\"\x41\u0041\q\0"\#nB='\a\n\t\\\'\"'\#nC=\n\t"#),
        Case(id: "lines", text: "A=\"one\ntwo\n\nthree\"\nB='one\n two'\nC=3\n"),
        Case(id: "crlf", text: "A=1\r\nB=\"one\r\ntwo\"\r\nC='x' # c\r\n\r\n"), Case(id: "cr", text: "A=1\rB=2\rC=\"a\rb\"\r"),
        Case(
            id: "interpolation", text: "A=1\nB=${A}\nC=\"${A}-${B}\"\nD='${A}'\nE=${NONE}\nF=${NONE:-d}\nG=${A:-d}\nH=${NONE:-}\n"
        ),
        Case(
            id: "odd-interpolation",
            text: "A=1\nB=$A\nC=${A\nD=$${A}\nE=${}\nF=${A:x}\nG=${ A }\nH=${A}${A}\nI=${NONE:-${A}}\nJ=}{\n"),
        Case(id: "order", text: "B=${A}\nA=1\nC=${A}\nA=2\nD=${A}\n"), Case(id: "twice", text: "A=1\nA=2\n"),
        Case(id: "equals", text: "A=b=c\nB==x\nC= =x\nD=https://h/p?a=b&c=d#e\n"),
        Case(id: "names", text: "a-b=1\na.b=2\n1a=3\n'quoted name'=4\né=5\n"),
        Case(id: "unicode", text: "A=é日本\nB=\"\u{a0}x\u{a0}\"\nC=\u{a0}x\u{2003}\nD=e\u{301}\nE=x\u{a0}# c\n"),
        Case(id: "json", text: "A={\"a\": [1, \"b\"]}\nB='{\"a\": \"b\"}'\n"),
        Case(id: "backslashes", text: "A=C:\\new\\table\nB=\"C:\\\\new\"\nC='a\\\\'\nD=a\\\n"),
        Case(id: "name-takes-back", text: "A=1\nA\nB=${A:-d}\nC=x\nexport C\n"),
        Case(id: "escaped-end", text: "A=\"a\\\\\"\nB='a\\\\'\n"),
        Case(id: "control", text: "A=a\u{c}b\nB=\u{b}x\nC=\u{1c}x\u{1f}\n"),
        Case(id: "quote-inside", text: "A=a\"b\"c\nB=a 'b' c\n"), Case(id: "tabs", text: "A=a\tb\t#c\n"),
        Case(id: "combining", text: "A=1\n\u{301}B=2\nC='x\u{301}'\n"),
    ]

    static let needs: Comment = "needs python-dotenv in .build-venv: scripts/install-dependencies --tests"
    static let script = """
        import json, sys, tempfile, os
        from dotenv import dotenv_values
        out = []
        for text in json.load(sys.stdin):
            with tempfile.NamedTemporaryFile(delete=False) as f: f.write(text.encode())
            for name in list(os.environ): del os.environ[name]
            out.append({k: v for k, v in dotenv_values(f.name).items() if v is not None})
            os.unlink(f.name)
        json.dump(out, sys.stdout)
        """
    static let hasDotenv = (try? reference([""])) != nil

    /// The values that python-dotenv reads from texts.
    private static func reference(_ texts: [String]) throws -> [[String: String]] {
        let process = Process()
        process.executableURL = URL(filePath: SchemaTests.python)
        process.arguments = ["-c", script]
        let out = Pipe(), into = Pipe()
        (process.standardOutput, process.standardInput, process.standardError) = (out, into, FileHandle.nullDevice)
        try process.run()
        try into.fileHandleForWriting.write(contentsOf: JSONEncoder().encode(texts))
        try into.fileHandleForWriting.close()
        let data = try out.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return try JSONDecoder().decode([[String: String]].self, from: data)
    }

    private func read(_ text: String, _ process: [String: String] = [:]) throws -> [String: String] {
        let files = ["dir/spec.yaml": "extends: small.yaml\n", "dir/small.yaml": ErrorPage.smallSpec, "dir/.env": text]
        let environment = try SpecLoader(files, environment: process).load("dir/spec.yaml").environment
        return Dictionary(uniqueKeysWithValues: environment.names.map { ($0, environment[$0] ?? "") })
    }

    @Test(.enabled(if: hasDotenv, needs)) func readsAsPythonDotenvDoes() throws {
        let reference = try Self.reference(Self.cases.map(\.text))
        for (example, expected) in zip(Self.cases, reference) {
            #expect(try read(example.text) == expected, "\(example.id)")
        }
    }

    /// Random texts: if python-dotenv reads a file without a complaint, both read the same values.
    @Test(.enabled(if: hasDotenv, needs)) func randomFilesAreReadAlike() throws {
        var random = SeededRandom(seed: 23)
        let pieces = [
            "A", "B", "=", "=", "=", "\n", "\n", "\n", "\"", "'", "\\", "#", " ", " ", "${A}", "${B:-x}", "${", "}", "x",
            "export ",
            "\t", "\r\n", "é", "\\n", "\\\"", ":", "-",
        ]
        let texts = (0..<3000).map { _ in
            "A=" + (0..<Int.random(in: 1...14, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
        }
        var compared = 0
        for (text, expected) in zip(texts, try Self.reference(texts)) {
            guard let found = try? read(text) else { continue }
            #expect(found == expected, "\(text.debugDescription)")
            compared += 1
        }
        #expect(compared > 1000)
    }

    @Test func theProcessGoesFirst() throws {
        #expect(try read("A=file\nB=${A}-${C}\n", ["A": "process"]) == ["A": "process", "B": "process-"])
    }

    @Test func aByteOrderMarkIsSkipped() throws {
        #expect(try read("\u{feff}A=1\n") == ["A": "1"])
    }

    @Test(arguments: [
        ("A=1\nB=\"open PLANTED\nC=2\n", 2), ("A=1\n\n\nB='PLANTED' x\n", 4), ("=PLANTED\n", 1), ("A b PLANTED\n", 1),
        ("PLANTED-secret\n", 1), ("A=\"x\ny\"\nB=\"x\" PLANTED\n", 3), ("'PLANTED\n", 1),
    ])
    func aLineThatMakesNoSenseIsAnErrorWithItsNumber(text: String, line: Int) throws {
        let files = ["dir/spec.yaml": "extends: small.yaml\n", "dir/small.yaml": ErrorPage.smallSpec, "dir/.env": text]
        let (found, sources) = diagnostics(SpecLoader(files, environment: [:]), "dir/spec.yaml")
        #expect(found.map(\.code) == ["bad-environment-file"])
        let words = DiagnosticRenderer(sources: sources).render(found)
        #expect(words.contains("line \(line) of") && !words.contains("PLANTED"), "\(words)")
    }
}

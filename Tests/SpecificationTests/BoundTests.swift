// Every number in a spec has bounds: a value beyond them is an error, and arithmetic on all others is safe.

import Basics
import ProviderKit
import Providers
import Specification
import Testing

@Suite struct BoundTests {
    /// The places of numbers in a schema that lack a bound.
    static func unbounded(_ schema: JSONValue, at path: String = "") -> [String] {
        if let list = schema.array { return list.enumerated().flatMap { unbounded($1, at: "\(path)/\($0)") } }
        guard let object = schema.object else { return [] }
        var found = object.flatMap { unbounded($1, at: path + "/" + $0) }
        if let type = object["type"]?.string, type == "integer" || type == "number" {
            if object["maximum"] == nil || object["minimum"] == nil && object["exclusiveMinimum"] == nil {
                found.append(path)
            }
        }
        return found
    }

    @Test func everyKeyHasBounds() {
        #expect(BoundTests.unbounded(SpecSchema.experiment(with: builtInProviders.keys)).sorted() == [])
        #expect(BoundTests.unbounded(SpecSchema.prices).sorted() == [])
    }

    static let spec = """
        assay: 1
        name: small
        dataset: { generate: { pictures: shapes, labels: 3, per_label: 20, seed: 7 } }
        splits: { main: { train: 10, validation: 5, test: 5, order: name } }
        budget: { usd: 1 }
        """

    /// Each of these once ended the process with `SIGILL`.
    @Test(
        arguments: ["budget.usd", "splits.main.train", "splits.main.first", "dataset.generate.seed"],
        [
            "-1", "2147483648000", "9007199254740993", "9223372036854775807", "18446744073709551616", "1.0e+300", "-1.0e+300",
            ".inf", "-.inf", ".nan", "'9'", "[]", String(repeating: "9", count: 5000),
        ])
    func extremes(path: String, value: String) throws {
        let loader = SpecLoader(["spec.yaml": BoundTests.spec])
        let found = diagnostics(loader, "spec.yaml", settings: ["\(path)=\(value)"])
        let errors = found.list.filter { $0.severity == .error }
        #expect(errors.contains { ["out-of-range", "wrong-type"].contains($0.code) }, "\(errors.map(\.message))")
        #expect(errors.allSatisfy { $0.range != nil && $0.message.count < 1000 }, "\(errors.map(\.message))")
        _ = DiagnosticRenderer(sources: found.sources).render(found.list)
    }

    @Test func extendsInARow() throws {
        var files: [String: String] = [:]
        for index in 0..<200 { files["\(index).yaml"] = "assay: 1\nextends: \(index + 1).yaml\n" }
        files["200.yaml"] = BoundTests.spec
        let codes = diagnostics(SpecLoader(files), "0.yaml").list.map(\.code)
        #expect(codes == ["extends-cycle"])
        #expect(diagnostics(SpecLoader(files), "150.yaml").list.filter { $0.severity == .error }.isEmpty)
    }

    /// A row of entries was followed by recursion to its end.
    @Test func entriesThatExtendInARow() throws {
        let entries = (0..<50_000).map { "  s\($0): { extends: s\($0 + 1) }" }.joined(separator: "\n")
        let spec = BoundTests.spec.replacing("splits: {", with: "splits:\n\(entries)\n  s50000: {")
            .replacing("s50000: { main: { train: 10, validation: 5, test: 5, order: name } }", with: "s50000: { test: 1 }")
        let codes = Set(diagnostics(SpecLoader(["spec.yaml": spec]), "spec.yaml").list.map(\.code))
        #expect(codes.contains("extends-cycle"))
    }

    @Test func sweepsOfTooMuch() throws {
        let list = (0..<20_000).map { "    - { splits.main.test: \($0 % 5) }" }.joined(separator: "\n")
        let spec = BoundTests.spec + "\nsweep:\n  list:\n\(list)\n"
        #expect(diagnostics(SpecLoader(["spec.yaml": spec]), "spec.yaml").list.map(\.code).contains("bad-sweep"))
    }

    /// The file next to the spec was silently ignored when it could not be read.
    @Test func environmentFileThatCannotBeRead() throws {
        let loader = SpecLoader(environment: Environment([:]), today: "2026-01-15", providers: builtInProviders.keys) { path in
            if path == ".env" { throw UnreadableFile(reason: "it is a device, not a regular file") }
            return Array(BoundTests.spec.utf8)
        }
        let found = diagnostics(loader, "spec.yaml").list
        #expect(found.map(\.code) == ["unreadable-file"])
        #expect(found.first?.message.contains(".env") == true)
    }
}

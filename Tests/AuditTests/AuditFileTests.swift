// Audit files: tables, counts, claims, and errors with their positions.

import Audit
import Basics
import Foundation
import Specification
import TaskKit
import Tasks
import Testing

struct AuditFileTests {
    private static let registry = TaskRegistry([Count.self])

    private func results(_ yaml: String, files: [String: String] = [:]) throws -> AuditFileResults {
        let file = try AuditFile(
            SourceText(name: "audits/a.yaml", text: yaml), registry: AuditFileTests.registry, environment: ["DATA": "data"])
        return try AuditFileResults(file) { (request: AuditRequest) throws(DiagnosticsError) -> Data in
            guard let text = files[request.path] else { throw DiagnosticsError([Diagnostic(code: "missing", request.file)]) }
            return Data(text.utf8)
        }
    }

    private static func bounded(_ bound: String) -> String {
        "assay-audit: 1\ntables:\n  a: { counts: { b: 1/2 } }\nclaims:\n  - { metric: evaluations.a.b.accuracy, \(bound) }\n"
    }

    /// These held for every result, or for none.
    @Test(
        arguments: [
            ("at_most: 90", "'at_most'"), ("equals: 50", "'equals'"), ("at_least: -50", "'at_least'"),
            ("equals: 0.5, within: 5", "'within'"), ("equals: 0.5, within: 1", "'within'"),
        ] as [(bound: String, key: String)])
    func percentagesAreNoFractions(bound: String, key: String) throws {
        let error = try #require(throws: DiagnosticsError.self) { try results(AuditFileTests.bounded(bound)) }
        #expect(error.diagnostics.first?.message.hasPrefix(key) == true, "\(error.diagnostics)")
        #expect(error.diagnostics.first?.hint?.contains("fraction") == true)
    }

    /// The value of a variable is in no message: it may be a key.
    @Test func variablesStayHidden() {
        let error = #expect(throws: DiagnosticsError.self) {
            try results("assay-audit: 1\ntables:\n  a: { answers: \"${DATA}/none.csv\" }\n")
        }
        #expect(error?.diagnostics.first?.message == "${DATA}/none.csv", "\(String(describing: error))")
    }

    @Test func claims() throws {
        let results = try self.results(
            """
            assay-audit: 1
            name: published
            tables:
              images:
                answers: ${DATA}/images.csv
                screening: { submitted: 48, accepted: 30 }
              charts: { counts: { base: 9/10, tuned: 8/10 } }
            claims:
              - { metric: evaluations.images.a.accuracy, equals: 0.5 }
              - { metric: evaluations.images.a.accuracy, at_least: 0.6 }
              - { metric: comparisons.charts.accuracy.tuned.base.p_value, at_least: 0.05 }
              - { metric: screening.images.rejected, equals: 18 }
            """, files: ["audits/data/images.csv": "id,label,a,b\n1,x,x,x\n2,y,x,y\n"])
        #expect(results.verdicts.map(\.holds) == [true, false, true, true])
        #expect(results.text.contains("does not hold"))
        // Counts were `18.0` and `18.0000`.
        #expect(results.text.contains(#/screening.images.rejected +18 +18 +holds/#), "\(results.text)")
        #expect(results.text.contains(#/images.a.accuracy +at least 0.6 +0.5 +does not hold/#), "\(results.text)")
        #expect(results.document["evaluations"]?["charts"]?["base"]?["accuracy"]?.double == 0.9)
    }

    @Test(arguments: [
        ("at_least: 0.4, at_most: 0.6", true), ("at_least: 0.5, at_most: 0.5", true), ("at_least: 0.6, at_most: 0.9", false),
        ("at_least: 0.1, at_most: 0.4", false),
    ])
    func bothBoundsAreJudged(_ bounds: String, _ holds: Bool) throws {
        #expect(try results(AuditFileTests.bounded(bounds)).verdicts.map(\.holds) == [holds])
    }

    @Test(arguments: [
        ("tables:\n  a: { counts: { b: 1/2 } }\n", "audits/a.yaml:1:"), ("assay: 1\nname: spec\n", "audits/a.yaml:1:"),
        ("assay-audit: 2\ntables:\n  a: { counts: { b: 1/2 } }\n", "audits/a.yaml:1:"),
        ("assay-audit: 1\ntabels: {}\n", "audits/a.yaml:2:1"),
        ("assay-audit: 1\ntables:\n  a: { counts: { base: 9 } }\n", "audits/a.yaml:3:"),
        ("assay-audit: 1\ntables:\n  a: { answers: \"${NONE}/x.csv\" }\n", "audits/a.yaml:3:"),
        ("assay-audit: 1\ntables:\n  a: { answers: x.csv, task: cuont }\n", "audits/a.yaml:3:"),
        (
            "assay-audit: 1\ntables:\n  a: { counts: { b: 1/2 } }\nclaims:\n  - { metric: evaluations.a.b.accuracy }\n",
            "audits/a.yaml:5:"
        ),
        (
            "assay-audit: 1\ntables:\n  a: { counts: { b: 1/2 } }\nclaims:\n  - { metric: evaluations.a.c.accuracy, equals: 1 }\n",
            "audits/a.yaml:5:"
        ),
        // Bounds that make no range.
        (bounded("equals: .nan"), "audits/a.yaml:5:"), (bounded("equals: .inf"), "audits/a.yaml:5:"),
        (bounded("equals: 1, within: .nan"), "audits/a.yaml:5:"), (bounded("at_least: .inf"), "audits/a.yaml:5:"),
        (bounded("at_least: .nan"), "audits/a.yaml:5:"), (bounded("at_most: -.inf"), "audits/a.yaml:5:"),
        (bounded("at_most: much"), "audits/a.yaml:5:"),
        // Guards: of several conditions one was judged, and the others were ignored.
        (bounded("equals: 0.5, at_least: 0.9"), "audits/a.yaml:5:"), (bounded("equals: 0.5, at_most: 0.1"), "audits/a.yaml:5:"),
        (bounded("at_least: 0.2, within: 3"), "audits/a.yaml:5:"), (bounded("equals: 0.5, within: -1"), "audits/a.yaml:5:"),
        (bounded("at_least: 0.6, at_most: 0.4"), "audits/a.yaml:5:"),
        // Guards: keys of another type and keys without effect were ignored.
        ("assay-audit: 1\ntables:\n  a: { counts: { b: 1/2 }, task: count }\n", "audits/a.yaml:3:"),
        ("assay-audit: 1\ntables:\n  a: { counts: { b: 1/2 }, models: [b] }\n", "audits/a.yaml:3:"),
        ("assay-audit: 1\ntables:\n  a: { answers: x.csv, models: b }\n", "audits/a.yaml:3:"),
        ("assay-audit: 1\ntables:\n  a: { answers: x.csv, columns: [b] }\n", "audits/a.yaml:3:"),
        ("assay-audit: 1\ntables:\n  a: { answers: x.csv, columns: { reference: [b] } }\n", "audits/a.yaml:3:"),
        ("assay-audit: 1\ntables:\n  a: { answers: x.csv, split: [b] }\n", "audits/a.yaml:3:"),
        ("assay-audit: 1\ntables:\n  a: { answers: x.csv, task: { count: {}, tag: {} } }\n", "audits/a.yaml:3:"),
        ("assay-audit: 1\ntables:\n  a: x.csv\n", "audits/a.yaml:3:"),
        (
            "assay-audit: 1\ntables:\n  a: { counts: { b: 1/2 } }\nclaims: { metric: evaluations.a.b.accuracy, equals: 1 }\n",
            "audits/a.yaml:4:"
        ),
    ])
    func badFiles(_ yaml: String, _ place: String) {
        let error = #expect(throws: DiagnosticsError.self) { try results(yaml) }
        #expect(error?.diagnostics.first?.range?.place.hasPrefix(place) == true, "\(String(describing: error))")
    }
}

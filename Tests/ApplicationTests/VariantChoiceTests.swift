// The variants that `--variant` selects.

import Basics
import Foundation
import Specification
import Testing

@testable import Application

struct VariantChoiceTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var id: String
        var variant: [String]
        var names: [String]
        var testDescription: String { id }
    }

    static let cases = [
        Case(id: "nothing", variant: [], names: ["default"]),
        Case(id: "the spec as written", variant: ["default"], names: ["default"]),
        Case(id: "one variant", variant: ["short"], names: ["short"]),
        Case(id: "the spec and a variant", variant: ["default", "short"], names: ["default", "short"]),
        Case(id: "a variant and the spec", variant: ["short", "default"], names: ["short", "default"]),
        Case(id: "the spec twice", variant: ["default", "default"], names: ["default"]),
        Case(id: "all", variant: ["all"], names: ["default", "short", "long"]),
        Case(id: "the spec and all", variant: ["default", "all"], names: ["default", "short", "long"]),
    ]

    private func spec(_ project: Project) throws -> String {
        let path = try project.hostedSpec()
        let text = try String(contentsOfFile: path, encoding: .utf8)
        return try project.write(
            "spec.yaml",
            text + "\nvariants:\n  short: { requests.plain.max_tokens: 10 }\n  long: { requests.plain.max_tokens: 30 }\n")
    }

    @Test(arguments: cases) func selects(_ item: Case) throws {
        let project = try Project()
        defer { project.remove() }
        let chosen = try SpecRequest(spec: spec(project), variant: item.variant).load()
        #expect(chosen.variants.map(\.name.text) == item.names)
        #expect(chosen.base.name == .unchanged)
    }

    @Test func anUnknownVariantIsAnError() throws {
        let project = try Project()
        defer { project.remove() }
        let request = SpecRequest(spec: try spec(project), variant: ["defaults"])
        #expect(throws: SpecificationError.self) { try request.load() }
    }
}

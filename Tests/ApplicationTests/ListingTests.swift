// Listings of commands: prices, plans, datasets, new specs.

import Basics
import Foundation
import Ledger
import Planning
import Specification
import Testing

@testable import Application

@Suite struct ListingTests {
    @Test func builtInPricesNameTheirProviders() {
        #expect(!PriceListing.builtIn.isEmpty)
        #expect(PriceListing.builtIn.allSatisfy { $0.table != nil && !$0.isOwn && $0.providers.count == 1 })
    }

    @Test func stepsAreListedByTheNumbersInTheirNames() {
        let names = ["train-epoch:cnn:10", "train-epoch:cnn:2", "score:a", "train-epoch:cnn:1"]
        let steps = names.map { RunStep(step: StepID($0), kind: "x", key: nil, state: "ran") }
        #expect(
            Workspace.listed(steps).map(\.step.text) == [
                "score:a", "train-epoch:cnn:1", "train-epoch:cnn:2", "train-epoch:cnn:10",
            ])
    }

    @Test func aFreeProviderHasNoTable() throws {
        let project = try Project()
        defer { project.remove() }
        let loaded = try SpecRequest.loader().load(project.hostedSpec(price: ", price: free"))
        let listings = PriceListing.used(by: loaded)
        #expect(listings.map(\.providers) == [["there"]])
        #expect(listings.first?.table == nil)
    }

    @Test func aSpecIsValidatedWithItsVariants() async throws {
        let project = try Project()
        defer { project.remove() }
        let found = try await SpecValidation(project.hostedSpec(), settings: [])
        #expect(found.isValid)
        #expect(found.variants == 0)
        #expect(found.dataset == nil)
        #expect(throws: SpecificationError.self) { try SpecValidation.documents(of: project.path("missing.yaml")) }
    }

    @Test func aNewSpecReplacesNothingUnasked() throws {
        let project = try Project()
        defer { project.remove() }
        let path = try project.write("assay.yaml", "")
        #expect(throws: Refusal.self) { try NewSpec.requireFree(path, replaces: false) }
        #expect(throws: Never.self) { try NewSpec.requireFree(path, replaces: true) }
        #expect(throws: Never.self) { try NewSpec.requireFree(project.path("other.yaml"), replaces: false) }
    }

    @Test func inspectionReportsMissingImages() async throws {
        let project = try Project()
        defer { project.remove() }
        let refusal = await #expect(throws: Refusal.self) { try await NewSpec.find(project.path("none")) }
        #expect(refusal?.description.contains("there is no") == true)
    }

    @Test(arguments: [
        ("--deployment", EmulatorRequest.with { $0.deployments = ["nothing"] }),
        ("--account", EmulatorRequest.with { $0.account = "../up" }),
        ("fault script", EmulatorRequest.with { $0.faults = "/no/such/script.yaml" }),
    ])
    func anEmulatorThatCannotBeIsRefused(_ named: String, _ request: EmulatorRequest) async throws {
        let project = try Project()
        defer { project.remove() }
        var request = request
        request.folder = project.path("emulator")
        let refusal = await #expect(throws: Refusal.self) { _ = try await EmulatorServer.start(request) }
        #expect(refusal?.description.contains(named) == true)
        #expect(refusal?.code == .invalid)
    }
}

extension EmulatorRequest {
    fileprivate static func with(_ change: (inout EmulatorRequest) -> Void) -> EmulatorRequest {
        var request = EmulatorRequest()
        change(&request)
        return request
    }
}

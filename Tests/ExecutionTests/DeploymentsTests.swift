// Shared deployments: the last user deletes them, and only deployments named by Assay are ever deleted.

import Basics
import Execution
import Foundation
import Ledger
import ProviderKit
import Synchronization
import Testing

/// A control plane that records its calls.
private final class FakePlane: DeploymentService {
    let calls = Mutex<[String]>([])
    /// The model of an existing deployment.
    let found: String?
    /// Whether each call is refused before it is sent.
    let refuses: Bool
    var clock: any WallClock { SystemWallClock() }

    init(found: String? = nil, refuses: Bool = false) {
        self.found = found
        self.refuses = refuses
    }

    struct Refused: Error {}
    func isRejectedBeforeSending(_ error: any Error) -> Bool { error is Refused }

    func create(_ wanted: DeploymentRequest, name: String) async throws {
        calls.withLock { $0.append("create") }
        if refuses { throw Refused() }
        if let found, found != wanted.model { throw DeploymentMismatch(name: name, found: found, wanted: wanted.model) }
    }
    func release(name: String) async throws -> Bool {
        calls.withLock { $0.append("delete") }
        if refuses { throw Refused() }
        return true
    }
    var log: [String] { calls.withLock { $0 } }
}

@Suite struct DeploymentsTests {
    private let folder = NSTemporaryDirectory() + "assay-deployments-" + UUID().uuidString

    private func open() throws -> Ledger {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return try Ledger(path: folder + "/ledger.sqlite")
    }

    private func request(_ group: String, model: String = "m", keep: Double? = nil) -> DeploymentRequest {
        DeploymentRequest(
            group: group, account: "a", emulated: true, model: model, sku: "Standard", capacity: 1, hourly: .zero,
            keepSeconds: keep)
    }

    struct Sharing: Sendable, CustomTestStringConvertible {
        var id: String
        /// The steps in the order in which they end, by the group that each belongs to.
        var ends: [(step: String, group: String)]
        /// The steps that have their deployment when the first of them ends.
        var acquired: [String]
        /// After how many ends the deployment is deleted.
        var deletedAfter: Int
        var keep: [String: Double] = [:]
        var testDescription: String { id }
    }

    static let sharings: [Sharing] = [
        Sharing(id: "one group", ends: [("1", "a"), ("2", "a")], acquired: ["1"], deletedAfter: 2),
        Sharing(id: "two groups, both at work", ends: [("1", "a"), ("2", "b")], acquired: ["1", "2"], deletedAfter: 2),
        Sharing(
            id: "two groups, the second with more to come", ends: [("1", "a"), ("2", "b"), ("3", "b")],
            acquired: ["1", "2"], deletedAfter: 3),
        Sharing(id: "two groups, the second asks later", ends: [("1", "a"), ("2", "b")], acquired: ["1"], deletedAfter: 1),
        Sharing(
            id: "one of them wants it kept", ends: [("1", "a"), ("2", "b")], acquired: ["1", "2"], deletedAfter: .max,
            keep: ["b": 3600]),
    ]

    @Test(arguments: sharings) func theLastUserDeletes(_ item: Sharing) async throws {
        var users: [String: Set<StepID>] = [:]
        for (step, group) in item.ends { users[group, default: []].insert(StepID(step)) }
        let ledger = try open()
        let plane = FakePlane()
        let deployments = Deployments(ledger: ledger, run: "run", users: users) { _, _ in }
        for (step, group) in item.ends where item.acquired.contains(step) {
            _ = try await deployments.acquire(request(group, keep: item.keep[group]), for: StepID(step), service: plane)
        }
        #expect(plane.log == ["create"])
        for (index, end) in item.ends.enumerated() {
            await deployments.ended(StepID(end.step))
            #expect(plane.log.contains("delete") == (index + 1 >= item.deletedAfter), "\(index + 1) ended")
        }
        await deployments.endAll()
        #expect(try ledger.leases().count == (item.keep.isEmpty ? 0 : 1))
    }

    /// A deployment with Assay's name that serves another model is neither changed nor deleted.
    @Test func anotherModelIsLeftAlone() async throws {
        let ledger = try open()
        let plane = FakePlane(found: "other")
        let deployments = Deployments(ledger: ledger, run: "run", users: ["a": ["1"]]) { _, _ in }
        let error = await #expect(throws: DeploymentMismatch.self) {
            try await deployments.acquire(request("a"), for: "1", service: plane)
        }
        #expect(error.map { "\($0)" }?.contains("serves 'other', not 'm'. It was not changed") == true)
        await deployments.endAll()
        #expect(plane.log == ["create"])
        #expect(try ledger.leases().isEmpty, "no later command deletes it either")
    }

    /// Guards against a lease without a request, which each later command tried to delete for a minute.
    @Test func whatIsRefusedHereLeavesNoLease() async throws {
        let ledger = try open()
        let plane = FakePlane(refuses: true)
        let deployments = Deployments(ledger: ledger, run: "run", users: ["a": ["1"]]) { _, _ in }
        await #expect(throws: FakePlane.Refused.self) {
            try await deployments.acquire(request("a"), for: "1", service: plane)
        }
        await deployments.endAll()
        #expect(plane.log == ["create"])
        #expect(try ledger.leases().isEmpty)
        // One of an earlier version is tried once, without pauses between.
        let name = "assay-0123456789abcdef"
        try ledger.openLease(
            Lease(name: name, account: "a", model: "m", sku: "s", capacity: 1, hourly: .zero, emulated: true, run: "run"))
        let start = ContinuousClock.now
        await Deployments.end(account: "a", name: name, ledger: ledger, service: plane, run: "run") { _ in }
        #expect(plane.log == ["create", "delete"])
        #expect(ContinuousClock.now - start < .seconds(2))
    }

    @Test(arguments: [
        ("assay-0123456789abcdef", true), ("assay-0123456789ABCDEF", false), ("assay-production", false),
        ("assay-0123456789abcdef0", false), ("assay-", false), ("gpt-4o", false), ("xassay-0123456789abcdef", false),
    ]) func onlyGeneratedNamesAreDeleted(name: String, isGenerated: Bool) async throws {
        #expect(DeploymentRequest.isGenerated(name) == isGenerated)
        let ledger = try open()
        try ledger.openLease(
            Lease(
                name: name, account: "a", model: "m", sku: "s", capacity: 1, hourly: .zero, emulated: true, run: "run"))
        let plane = FakePlane()
        await Deployments.end(account: "a", name: name, ledger: ledger, service: plane, run: "run") { _ in }
        #expect(plane.log == (isGenerated ? ["delete"] : []))
        #expect(request("a").name.wholeMatch(of: #/assay-[0-9a-f]{16}/#) != nil)
    }
}

// The part of an emulator that each cloud implements; the rest is shared.

import Basics
package import Foundation
import VisionProtocol

/// One emulated account of a cloud: its operations, credentials and error format. The request pipeline checks callers,
/// injects faults, serves the emulator's own paths, sends the reply and keeps the log.
package protocol EmulatedService: EmulatedTimeline {
    /// The catalogue of base models.
    nonisolated var models: [CatalogueModel] { get }
    /// The model behind all answers.
    nonisolated var vision: any VisionModel { get }

    /// The name of the request's operation in the log and in fault scripts; `nil` for a path that the service lacks.
    nonisolated func operation(of request: ReceivedRequest) -> String?
    /// Checks path, header fields and credentials, before any fault. Throws the service's error.
    func admit(_ request: ReceivedRequest) async throws
    /// Executes the request. Throws the service's error for a rejected one.
    /// - Parameter fault: the fault that affects the result rather than the connection.
    func answer(_ request: ReceivedRequest, fault: Fault?) async throws -> Reply
    /// The reply to a rejected or failed request, in the service's format.
    nonisolated func reply(to error: any Error, of request: ReceivedRequest) throws -> Reply
    /// The error of a fault that replaces the answer by one with this status.
    nonisolated func error(of fault: Fault, status: Int) -> any Error
    /// Header fields of every reply.
    /// - Parameter id: the request's id in the log.
    nonisolated func fields(id: String) -> [String: String]
    /// All usage so far at the prices of the settings.
    func bill(at now: Date) -> EmulatorBill
}

/// The emulator's own paths, which no cloud has.
enum EmulatorPath: String {
    case clock = "emulator.clock"
    case advance = "emulator.advance"
    case wait = "emulator.wait"
    case costs = "emulator.costs"
    case log = "emulator.log"
    case models = "emulator.models"

    init?(_ request: ReceivedRequest) {
        switch (request.method, request.path) {
        case ("GET", "/emulator/clock"): self = .clock
        case ("POST", "/emulator/clock/advance"): self = .advance
        case ("POST", "/emulator/wait"): self = .wait
        case ("GET", "/emulator/costs"): self = .costs
        case ("GET", "/emulator/log"): self = .log
        case ("GET", "/emulator/models"): self = .models
        default: return nil
        }
    }
}

extension EmulatedService {
    /// Serves the emulator's own paths, except the log.
    func answer(_ path: EmulatorPath, _ request: ReceivedRequest) async throws -> Reply {
        switch path {
        case .clock: return try Reply(200, await reading())
        case .advance:
            try await advance(to: await clock.now().addingTimeInterval(seconds(request)))
            return try Reply(200, await reading())
        case .wait: return try await Reply(200, wait(seconds: seconds(request)))
        case .costs:
            let now = await clock.now()
            try settle(at: now)
            return try Reply(200, bill(at: now))
        case .models: return try await listed()
        case .log: throw RequestRefusal(404, "404", "Resource not found")
        }
    }

    private func seconds(_ request: ReceivedRequest) async throws -> Double {
        let maxWait = 366.0 * 86_400
        guard let asked = try? WaitRequest(json: await request.body.bytes(limit: 1 << 20)) else {
            throw RequestRefusal(
                400, "invalidPayload", "The request body is not valid: 'seconds' is missing.", parameter: "seconds")
        }
        guard (0...maxWait).contains(asked.seconds) else {
            throw RequestRefusal(400, "invalidPayload", "'seconds' must be from 0 to a year.", parameter: "seconds")
        }
        return asked.seconds
    }

    /// The catalogue's networks with the digests of their weights and classes.
    private func listed() async throws -> Reply {
        var listed: [ListedModel] = []
        for model in models {
            let loaded = try await vision.load(model.model)
            listed.append(
                ListedModel(
                    name: model.name, architecture: loaded.architecture, classes: loaded.classes,
                    digest: loaded.digest))
        }
        return try Reply(200, ["models": listed])
    }
}

/// The body of the emulator's own paths that advance time.
private struct WaitRequest: Decodable {
    var seconds: Double
}

/// A model as `GET /emulator/models` lists it.
private struct ListedModel: Encodable {
    var name: String
    var architecture: String
    var classes: Int
    var digest: String
}

// An emulated account that is served until the process is asked to end.

import Artifacts
import AzureEmulator
import Basics
package import Foundation
import Platform

/// How an emulated account is served.
package struct EmulatorRequest: Sendable {
    /// The port; 0 takes a free one.
    package var port = 0
    /// The account's name, which also names the folder of its state.
    package var account = "local"
    /// The key that it takes; `nil` for a random one.
    package var key: String?
    /// The folder that holds the account's state; `nil` for the project's.
    package var folder: String?
    /// Weights of the model for photographs, and their class names.
    package var weights: String?
    /// The class names of the weights: index, synset and names, separated by tabs.
    package var classes: String?
    /// Models of the catalogue.
    package var models: [String] = ["shapes-base"]
    /// Deployments that are there from the start, as `name=model` or `name=model:sku`.
    package var deployments: [String] = []
    /// The file of a fault script.
    package var faults: String?
    /// Lets time jump at each poll, for clients that know nothing of emulators.
    package var followsPolls = false
    /// Keeps the JSON bodies of requests and answers beside the log.
    package var recordsBodies = false

    /// The defaults of `assay emulate`.
    package init() {}
}

/// A running emulated account.
package struct EmulatorServer: Sendable {
    private let emulator: AzureEmulator
    private let vision: WorkerVisionModel
    /// Where it listens.
    package let address: URL
    /// The key that it takes.
    package let key: String

    /// Starts the account.
    /// - Throws: `Refusal` for an account, a deployment or a fault script that cannot be.
    package static func start(_ request: EmulatorRequest) async throws -> EmulatorServer {
        // It names a folder.
        let account: SafeName
        do { account = try SafeName(request.account) } catch {
            throw Refusal("--account: \(error)", code: .invalid)
        }
        let state = URL(fileURLWithPath: try request.folder ?? EmulatorServer.usualFolder())
            .appending(account, isFolder: true)
        var settings = EmulatorSettings(
            account: account, state: state,
            models: request.models.map {
                CatalogueModel.named($0, weights: request.weights, classes: request.classes)
            })
        settings.port = request.port
        let key = request.key ?? EmulatorSettings.randomKey()
        settings.apiKey = key
        settings.deployments = try request.deployments.map(prepared)
        settings.clockFollows = request.followsPolls ? .polls : .waits
        settings.recordsBodies = request.recordsBodies
        settings.faults = try request.faults.map { try FaultScript(file: $0) }
        let vision = WorkerVisionModel()
        let emulator = AzureEmulator(settings, vision: vision)
        return EmulatorServer(emulator: emulator, vision: vision, address: try await emulator.start(), key: key)
    }

    /// The folder of emulated accounts in the project's state.
    private static func usualFolder() throws -> String {
        let state = try Workspace.locateChecked(spec: nil, state: nil)
        if let link = try LocalFileSystem().firstLink(in: state) { throw StoreError.linked(path: link) }
        return state + "/emulator"
    }

    private init(emulator: AzureEmulator, vision: WorkerVisionModel, address: URL, key: String) {
        self.emulator = emulator
        self.vision = vision
        self.address = address
        self.key = key
    }

    /// The value of `ASSAY_EMULATOR` with which runs use it.
    package var variable: String { address.absoluteString.replacing("://", with: "://\(key)@") }

    /// Stops serving; the account's state stays.
    package func stop() async {
        await emulator.stop()
        await vision.close()
    }

    private static func prepared(_ text: String) throws -> PreparedDeployment {
        guard let match = text.wholeMatch(of: #/([^=]+)=([^:]+)(?::(.+))?/#) else {
            throw Refusal("--deployment takes name=model or name=model:sku, not '\(text)'.", code: .invalid)
        }
        return PreparedDeployment(
            name: String(match.output.1), model: String(match.output.2),
            sku: match.output.3.map(String.init) ?? "GlobalStandard")
    }
}

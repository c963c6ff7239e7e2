// Serves an emulated account until the process is asked to end.

import Artifacts
import Basics
import EmulatorCore
package import Foundation
import Platform
package import Specification
import VisionProtocol

/// Options for serving an emulated account.
package struct EmulatorRequest: Sendable {
    /// The API to emulate.
    package var api = EmulatorSpec.defaultAPI
    /// The port; 0 picks a free port.
    package var port = 0
    /// The account's name, which is also the name of its state folder.
    package var account = "local"
    /// The accepted key; `nil` for a random one.
    package var key: String?
    /// The folder of the account's state; `nil` for the default in the project's state folder.
    package var folder: String?
    /// The path of the photograph model's weights; `nil` for none.
    package var weights: String?
    /// The path of the class names: index, synset and names, separated by tabs.
    package var classes: String?
    /// A `/bin/sh -c` command line that answers instead of the model; `nil` for the model.
    package var program: String?
    /// Whether one process of the program answers all questions.
    package var isProgramLongLived = false
    /// Names of catalogue models.
    package var models: [String] = ["shapes-base"]
    /// Initial deployments, as `name=model` or `name=model:sku`.
    package var deployments: [String] = []
    /// The path of a fault script.
    package var faults: String?
    /// Whether each poll advances virtual time, for clients that do not know the emulator.
    package var advancesOnPolls = false
    /// Whether to record the JSON bodies of requests and answers next to the log.
    package var recordsBodies = false

    /// The defaults of `assay emulate`.
    package init() {}
}

/// A running emulated account.
package struct EmulatorServer: Sendable {
    private let emulator: any Emulator
    private let vision: any VisionModel
    /// The address it listens on.
    package let address: URL
    /// The accepted key.
    package let key: String

    /// Starts the account.
    /// - Throws: `Refusal` for an invalid account, deployment or fault script.
    package static func start(_ request: EmulatorRequest) async throws -> EmulatorServer {
        let cloud = try emulatedCloud(request.api)
        guard request.deployments.isEmpty || cloud.hasDeployments else {
            throw Refusal("--deployment: the API '\(cloud.api)' serves models without deployments.", code: .invalid)
        }
        if request.program == nil { try NetworkLibrary.require() }
        // Checked because it is used as a folder name.
        let account: SafeName
        do { account = try SafeName(request.account) } catch {
            throw Refusal("--account: \(error)", code: .invalid)
        }
        let state = URL(fileURLWithPath: try request.folder ?? EmulatorServer.usualFolder())
            .appending(account, isFolder: true)
        var shared = AccountSettings(
            account: account, state: state,
            models: request.models.map {
                CatalogueModel.named($0, weights: request.weights, classes: request.classes)
            })
        shared.port = request.port
        let key = request.key ?? AccountSettings.randomKey()
        shared.apiKey = key
        shared.clockTrigger = request.advancesOnPolls ? .polls : .waits
        shared.recordsBodies = request.recordsBodies
        shared.faults = try request.faults.map { try FaultScript(file: $0) }
        let vision: any VisionModel =
            if let program = request.program {
                ProgramVisionModel(
                    AnswerProgram(
                        .shell(program), environment: ProcessInfo.processInfo.environment, folder: nil,
                        stays: request.isProgramLongLived, timeLimit: nil, pictures: state.appending(path: ".pictures")))
            } else {
                WorkerVisionModel()
            }
        let emulator = cloud.emulator(
            shared, deployments: try request.deployments.map(prepared), vision: vision, base: SystemWallClock())
        return EmulatorServer(emulator: emulator, vision: vision, address: try await emulator.start(), key: key)
    }

    /// The default folder of emulated accounts in the project's state.
    private static func usualFolder() throws -> String {
        let state = try Workspace.locateChecked(spec: nil, state: nil)
        if let link = try LocalFileSystem().firstLink(in: state) { throw StoreError.linked(path: link) }
        return state + "/emulator"
    }

    private init(emulator: any Emulator, vision: any VisionModel, address: URL, key: String) {
        self.emulator = emulator
        self.vision = vision
        self.address = address
        self.key = key
    }

    /// The value of `ASSAY_EMULATOR` that makes runs use this server.
    package var variable: String { address.absoluteString.replacing("://", with: "://\(key)@") }

    /// Stops the server; the account's state is kept.
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

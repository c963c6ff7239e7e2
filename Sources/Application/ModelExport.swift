// Writes a trained built-in network in a format that other programs read.

import Artifacts
import Basics
import Foundation
import Planning
import Platform
import Specification
package import VisionProtocol

/// The file of an exported network.
package struct ModelExport: Sendable {
    /// The path of the written file.
    package var path: String
    /// The file's size in bytes.
    package var bytes: Int
    /// The labels in the order of the outputs.
    package var labels: [String]
    /// The number of trained values.
    package var parameters: Int
    /// The epoch that the network comes from.
    package var epoch: Int?

    /// Writes the network of a model.
    /// - Parameters:
    ///   - path: `nil` for the model's name with the format's extension, in the working folder.
    ///   - replaces: whether an existing file may be replaced.
    /// - Throws: `Refusal` for a model that is not a built-in network or not trained, or for an existing file.
    package init(
        _ request: SpecRequest, model name: String, format: ExportNetworkCall.Format, to path: String?, replaces: Bool
    ) async throws {
        let models = try await LocalModels(request)
        let kind = try models.model(name)
        let checkpoint = try models.usable(name, for: "exported")
        guard case .trained = kind, case .trainEpoch(let work)? = models.trainingSteps(of: name).last?.work else {
            let stored = try models.workspace.store.verifiedPath(of: checkpoint.digest)
            throw Refusal(
                "'\(name)' is not a built-in network, and only these can be exported. Its checkpoint is \(stored)", code: .invalid
            )
        }
        let output = path ?? "\(name).\(format.rawValue)"
        guard replaces || !LocalFileSystem().exists(output) else {
            throw Refusal("\(output) already exists; --force replaces it", code: .invalid)
        }
        let vision = VisionWorkerClient(executable: VisionWorkerClient.executableBesideThisProgram())
        let call = ExportNetworkCall(
            checkpoint: try models.workspace.store.verifiedPath(of: checkpoint.digest), images: work.identity.recipe.images,
            format: format, output: URL(fileURLWithPath: output).standardizedFileURL.path,
            metadata: [
                "assay": Tool.version, "experiment": models.prepared.plan.experiment, "model": name,
                "epoch": checkpoint.epoch.map { "\($0)" } ?? "", "checkpoint": checkpoint.digest.hex,
            ])
        let result: ExportNetworkCall.Result
        do {
            result = try await vision.call(call)
        } catch {
            await vision.stop()
            throw error
        }
        await vision.stop()
        self.path = output
        bytes = Int(try LocalFileSystem().status(output)?.size ?? 0)
        labels = result.labels
        parameters = result.parameters
        epoch = checkpoint.epoch
    }
}

// The emulator's model in `assay-vision`.

package import VisionProtocol

/// Asks `assay-vision`: one worker answers pictures, and each fine-tuning job has a worker of its own, so that
/// chats go on while a job trains.
package struct WorkerVisionModel: VisionModel {
    private let executable: String
    private let answering: VisionWorkerClient

    /// - Parameter executable: path of `assay-vision`.
    package init(executable: String = VisionWorkerClient.executableBesideThisProgram()) {
        self.executable = executable
        answering = VisionWorkerClient(executable: executable)
    }

    package func load(_ model: EmulatedModel) async throws -> LoadModelCall.Result {
        try await answering.call(LoadModelCall(model: model))
    }

    package func answer(_ call: AnswerCall) async throws -> AnswerCall.Result {
        try await answering.call(call)
    }

    package func fineTune(
        _ call: FineTuneCall, onStep: @escaping @Sendable (FineTuneStep) -> Void
    ) async throws -> FineTuneCall.Result {
        let trainer = VisionWorkerClient(executable: executable)
        do {
            let result = try await trainer.call(call, onEvent: onStep)
            await trainer.stop()
            return result
        } catch {
            await trainer.stop()
            throw error
        }
    }

    package func close() async { await answering.stop() }
}

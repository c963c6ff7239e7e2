// Implements the emulator's model by `assay-vision` worker processes.

package import VisionProtocol

/// Runs `assay-vision`: one worker answers pictures, and each fine-tuning job has its own worker, so that chats
/// continue during training.
package struct WorkerVisionModel: VisionModel {
    private let executable: String
    private let answering: VisionWorkerClient

    /// - Parameter executable: path of `assay-vision`.
    package init(executable: String = VisionWorkerClient.executableBesideThisProgram()) {
        self.executable = executable
        answering = VisionWorkerClient(executable: executable)
    }

    /// Loads a network in the answering worker, which starts on the first call.
    package func load(_ model: EmulatedModel) async throws -> LoadModelCall.Result {
        try await answering.call(LoadModelCall(model: model))
    }

    /// Answers pictures in the answering worker.
    package func answer(_ call: AnswerCall) async throws -> AnswerCall.Result {
        try await answering.call(call)
    }

    /// Reads pictures in the answering worker.
    package func read(_ call: ReadTextCall) async throws -> ReadTextCall.Result {
        try await answering.call(call)
    }

    /// Trains in a separate worker process, which ends with the training.
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

    /// Stops the answering worker.
    package func close() async { await answering.stop() }
}

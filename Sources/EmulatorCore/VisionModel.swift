// The vision model behind the emulator's deployments, as a protocol.

package import VisionProtocol

/// The model behind the emulator. `WorkerVisionModel` is the production implementation; the protocol lets the
/// service's behaviour be tested without libtorch. Methods throw `VisionFailure` or `VisionWorkerError`.
package protocol VisionModel: Sendable {
    /// Loads a model and returns its architecture, number of classes and digest.
    func load(_ model: EmulatedModel) async throws -> LoadModelCall.Result

    /// One answer per picture, in order.
    func answer(_ call: AnswerCall) async throws -> AnswerCall.Result

    /// The text of each picture, in order.
    func read(_ call: ReadTextCall) async throws -> ReadTextCall.Result

    /// The program that answers every question instead; `nil` for a model.
    var program: AnswerProgram? { get }

    /// Trains a model; reports steps in order. Cancelling the task stops the training immediately.
    func fineTune(
        _ call: FineTuneCall, onStep: @escaping @Sendable (FineTuneStep) -> Void
    ) async throws -> FineTuneCall.Result

    /// Releases the model's resources.
    func close() async
}

extension VisionModel {
    /// None: the model answers.
    package var program: AnswerProgram? { nil }
}

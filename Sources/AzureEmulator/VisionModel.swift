// What the emulator needs of the small vision model behind its deployments.

package import VisionProtocol

/// The model behind the emulator. `WorkerVisionModel` is the real one; the seam lets the service's manners be
/// tested without libtorch. Methods throw `VisionFailure` or `VisionWorkerError`.
package protocol VisionModel: Sendable {
    /// What a model is: its architecture, how many classes it tells apart, its digest.
    func load(_ model: EmulatedModel) async throws -> LoadModelCall.Result

    /// One answer for each picture, in order.
    func answer(_ call: AnswerCall) async throws -> AnswerCall.Result

    /// Trains; steps arrive in order while it works. Cancelling the task ends the training at once.
    func fineTune(
        _ call: FineTuneCall, onStep: @escaping @Sendable (FineTuneStep) -> Void
    ) async throws -> FineTuneCall.Result

    /// Lets go of what the model holds.
    func close() async
}

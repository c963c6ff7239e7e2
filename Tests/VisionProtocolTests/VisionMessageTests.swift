// The lines on the pipe, as text.

import Basics
import Foundation
import Testing
import VisionProtocol

@Suite struct VisionMessageTests {
    @Test func aRequestIsNamedByItsMember() throws {
        let line = try VisionLine.encode(VisionRequestLine(id: 7, call: InspectImagesCall(paths: ["a/b.jpg"])))
        let text = #"{"id":7,"request":{"inspect-images":{"paths":["a/b.jpg"]}}}"#
        #expect(String(decoding: line, as: UTF8.self) == text)
        let head = try VisionLine.decode(VisionRequestHead.self, from: line)
        #expect(head.id == 7 && head.name == "inspect-images")
    }

    @Test func aReplyHasOneMemberBesideItsID() throws {
        typealias Reply = VisionReplyLine<PredictionProgress, InspectImagesCall.Result>
        let event = try VisionLine.encode(Reply(id: 1, event: PredictionProgress(done: 1, of: 2)))
        #expect(String(decoding: event, as: UTF8.self) == #"{"event":{"done":1,"of":2},"id":1}"#)
        #expect(VisionReplyHead(event)?.isEvent == true)
        let error = try VisionLine.encode(Reply(id: 1, error: VisionFailure(code: .outOfMemory, message: "m")))
        #expect(String(decoding: error, as: UTF8.self) == #"{"error":{"code":"out-of-memory","message":"m"},"id":1}"#)
    }

    @Test func recipesSurviveTheWire() throws {
        let images = ImageRecipe(
            inputSize: 224,
            augment: [
                .randomResizedCrop(size: 224, scale: 0.8...1), .randomHorizontalFlip(),
                .colorJitter(brightness: 0.2, contrast: 0.2, saturation: 0.2, hue: 0.1),
            ],
            evaluate: [.resize(size: 256), .centerCrop(size: 224)], normalize: .efficientNetLite)
        let recipe = TrainingRecipe(
            architecture: .mobileNetV3Small, images: images, batchSize: 64, optimizer: .adamw(learningRate: 3e-4),
            schedule: .cosine(epochs: 8, minimum: 0), warmUp: LinearWarmUp(epochs: 1, start: 0.1),
            labelSmoothing: 0.1, freezeEpochs: 1, seed: .max)
        let line = try VisionLine.encode(recipe)
        #expect(try VisionLine.decode(TrainingRecipe.self, from: line) == recipe)
    }
}

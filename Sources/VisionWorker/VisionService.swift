// The worker's requests and their handlers.

import Foundation
import VisionProtocol

extension VisionServer {
    /// Creates the server with every request. Requests on pixels alone do not need libtorch.
    package static func standard() -> VisionServer {
        var server = VisionServer()
        server.on(DescribeCall.self) { _, _ in
            try Torch.require()
            var library = Torch.numerics(threads: Torch.defaultThreads)
            library.accelerator = Torch.accelerator
            return library
        }
        server.on(InspectImagesCall.self) { call, progress in
            try await ImageInspector.inspect(call, threads: Torch.defaultThreads, progress: progress)
        }
        server.on(TrainEpochCall.self) { call, progress in
            try Torch.require()
            return try EpochTrainer(call).run(progress: progress)
        }
        server.on(PredictCall.self) { call, progress in
            try Torch.require()
            return try Predictor(call).run(progress: progress)
        }
        server.on(ExtractFeaturesCall.self) { call, progress in
            try Torch.require()
            return try FeatureExtractor(call).run(progress: progress)
        }
        server.on(FitProbeCall.self) { call, progress in
            try Torch.require()
            return try ProbeFitter(call).run(progress: progress)
        }
        server.on(ApplyProbeCall.self) { call, _ in
            try Torch.require()
            return try ProbeFitter.apply(call)
        }
        server.on(ExportNetworkCall.self) { call, _ in
            try Torch.require()
            return try NetworkExporter(call).run()
        }
        server.on(GeneratePicturesCall.self) { call, progress in
            try await PictureGenerator.generate(call, threads: Torch.defaultThreads, progress: progress)
        }
        server.on(ConvertImagesCall.self) { call, progress in
            try await ImageConverter.convert(call, threads: Torch.defaultThreads, progress: progress)
        }
        let models = EmulatedModels()
        server.on(LoadModelCall.self) { call, _ in
            try Torch.require()
            return try await models.load(call)
        }
        server.on(AnswerCall.self) { call, _ in
            try Torch.require()
            return try await models.answer(call)
        }
        server.on(ReadTextCall.self) { call, _ in
            try Torch.require()
            return try await models.read(call)
        }
        // The emulator forwards every step.
        server.on(FineTuneCall.self, eventsEvery: nil) { call, progress in
            try Torch.require()
            return try await models.fineTune(call, progress: progress)
        }
        return server
    }
}

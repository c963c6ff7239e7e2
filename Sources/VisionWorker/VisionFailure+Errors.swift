// What the worker's errors are called on the wire.

import Foundation
import VisionProtocol

extension VisionFailure {
    /// The wire form of whatever a request threw.
    init(describing error: any Error) {
        switch error {
        case let failure as VisionFailure: self = failure
        case let error as TorchError:
            switch error {
            case .outOfMemory: self.init(code: .outOfMemory, message: "\(error)")
            case .failed: self.init(code: .numerics, message: "\(error)")
            }
        case let error as ImageError: self.init(code: .unreadableImage, message: "\(error)")
        case let error as WeightsError: self.init(code: .badWeights, message: "\(error)")
        case let error as TrainingError: self.init(code: error.code, message: "\(error)")
        case is DecodingError: self.init(code: .badRequest, message: "a request that does not decode: \(error)")
        case let error as NSError where error.domain == NSCocoaErrorDomain || error.domain == NSPOSIXErrorDomain:
            self.init(code: .fileSystem, message: error.localizedDescription)
        default: self.init(code: .badRequest, message: "\(error)")
        }
    }
}

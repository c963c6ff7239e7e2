// Maps the worker's errors to their wire form.

import Foundation
import VisionProtocol

extension VisionFailure {
    /// The wire form of any error thrown by a request.
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
            self.init(writing: error.userInfo[NSFilePathErrorKey] as? String, failed: error)
        default: self.init(code: .badRequest, message: "\(error)")
        }
    }

    /// The failure for a file or folder that cannot be written; a full disk has the same message as elsewhere in the
    /// program.
    init(writing path: String?, failed error: any Error) {
        let error = error as NSError
        let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError ?? error
        let isFull =
            error.domain == NSCocoaErrorDomain && error.code == CocoaError.fileWriteOutOfSpace.rawValue
            || cause.domain == NSPOSIXErrorDomain && cause.code == Int(ENOSPC)
        let reason = isFull ? "the disk is full" : error.localizedDescription
        self.init(code: .fileSystem, message: path.map { "\($0): \(reason)" } ?? reason)
    }
}

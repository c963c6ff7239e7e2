// Reads files of weights from the disk.

import Foundation
import Platform

extension WeightsFile {
    /// The sets of tensors in a file.
    ///
    /// - Throws: `WeightsError`, naming the file.
    package static func read(_ path: String) throws(WeightsError) -> StoredWeights {
        let data = try bytes(of: path)
        do {
            return try parse(data)
        } catch {
            throw .inFile(path: path, reason: "\(error)")
        }
    }

    /// The bytes of a regular file of bounded size. They are read and not mapped: a file that another process cuts short
    /// would end this one.
    ///
    /// - Throws: `WeightsError`, naming the file.
    static func bytes(of path: String) throws(WeightsError) -> Data {
        do {
            return try LocalFileSystem().read(path, limit: FileSizeLimit.weights)
        } catch let error as FileError {
            throw .unreadable(path: path, reason: error.reason)
        } catch {
            throw .unreadable(path: path, reason: "\(error)")
        }
    }
}

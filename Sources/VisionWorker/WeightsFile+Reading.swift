// Reads weights files from disk.

import Foundation
import Platform

extension WeightsFile {
    /// Reads the tensor sets in a file.
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

    /// The bytes of a regular file of bounded size. The file is read instead of mapped: if another process truncated
    /// a mapped file, this process would crash.
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

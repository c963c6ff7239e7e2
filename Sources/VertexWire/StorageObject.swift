// Objects of Cloud Storage.

/// An object, without its bytes.
package struct StorageObject: ProtoMessage {
    /// `storage#object`.
    package var kind: String?
    /// Bucket, name and generation.
    package var id: String?
    /// The address of this description.
    package var selfLink: String?
    /// The address of the bytes.
    package var mediaLink: String?
    /// The full name, with slashes.
    package var name: String?
    /// The bucket's name.
    package var bucket: String?
    /// Changes with every new content.
    package var generation: ProtoInt64?
    /// Changes with every new description.
    package var metageneration: ProtoInt64?
    /// In bytes.
    package var size: ProtoInt64?
    /// The type of the bytes.
    package var contentType: String?
    /// Base64 of the MD5 digest; absent on composed objects.
    package var md5Hash: String?
    /// Base64 of the big-endian CRC-32C.
    package var crc32c: String?
    /// Changes with every change.
    package var etag: String?
    /// RFC 3339.
    package var timeCreated: String?
    /// RFC 3339.
    package var updated: String?
    /// `STANDARD` and others.
    package var storageClass: String?
    /// Free texts of the owner.
    package var metadata: [String: String]?

    /// An object with no field set.
    package init() {}
}

/// One page of a listing. `items` is absent if nothing matches.
package struct StorageObjectList: ProtoMessage {
    /// `storage#objects`.
    package var kind: String?
    /// Sorted by name.
    package var items: [StorageObject]?
    /// Common beginnings, if the listing has a delimiter.
    package var prefixes: [String]?
    /// Absent on the last page.
    package var nextPageToken: String?

    /// A page with no field set.
    package init() {}
}

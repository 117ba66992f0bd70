import Crypto
import Daybook
import Foundation

/// The identity of the running program: another build has another one.
enum ProgramIdentity {
    /// The executable file.
    static var path: String {
        get throws { try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") }
    }

    /// SHA-256 of the executable file, in hexadecimal.
    ///
    /// - Throws: When the file cannot be read.
    static func current() throws -> String {
        let file = try FileHandle(forReadingFrom: URL(filePath: "/proc/self/exe"))
        var hash = SHA256()
        while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty { hash.update(data: piece) }
        return Hexadecimal.text(of: hash.finalize())
    }
}

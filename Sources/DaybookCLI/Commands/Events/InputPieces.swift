import ArgumentParser
import Dispatch
import Foundation

/// A file, or standard input, that is read piece by piece as it is asked for. Waiting for it holds up no other task.
struct InputPieces: AsyncSequence, Sendable {
    typealias Element = [UInt8]

    private let descriptor: Int32
    private let queue = DispatchQueue(label: "input")

    /// Opens a file.
    ///
    /// - Parameter file: Its path, or `-` for standard input.
    /// - Throws: `ExitCode` when it cannot be opened.
    init(of file: String) throws {
        descriptor = file == "-" ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor < 0 else { return }
        let code = errno
        Terminal.complain("cannot read \(printable(file)): \(String(cString: strerror(code)))")
        throw ExitCode((code == ENOENT ? ExitStatus.notFound : .failure).rawValue)
    }

    /// Closes the file.
    func close() {
        if descriptor != STDIN_FILENO { _ = Foundation.close(descriptor) }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(descriptor: descriptor, queue: queue) }

    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let descriptor: Int32
        fileprivate let queue: DispatchQueue

        /// - Returns: What is at hand, as soon as there is something; `nil` at the end.
        /// - Throws: `POSIXError`.
        mutating func next() async throws -> [UInt8]? {
            let (descriptor, queue) = (descriptor, queue)
            let piece: [UInt8] = try await withCheckedThrowingContinuation { continuation in
                queue.async { continuation.resume(with: Result { try InputPieces.read(descriptor) }) }
            }
            return piece.isEmpty ? nil : piece
        }
    }

    /// - Returns: What was read; nothing at the end.
    private static func read(_ descriptor: Int32) throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Foundation.read(descriptor, &buffer, buffer.count)
            if count >= 0 { return Array(buffer.prefix(count)) }
            guard errno == EINTR else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        }
    }
}

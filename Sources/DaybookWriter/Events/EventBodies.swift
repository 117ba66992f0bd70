import Daybook
import Hummingbird

/// The versions or positions of a page. They have no gaps.
struct EventNumbers: Sendable {
    /// The page begins behind this one.
    var after: Int64
    /// The page ends with this one at the latest.
    var last = Int64.max
    /// Stored events, at most. One that is none any more does not count.
    var limit: Int
}

/// Bodies with events as lines. They are written a few events at a time: a long page is never held whole.
struct EventBodies: Sendable {
    let lines: EventLines
    let present: PresentEvents

    /// Stored events that are held at once.
    static let batch = 50

    /// The events that follow each other.
    ///
    /// - Parameters:
    ///   - number: The version or position of an event.
    ///   - read: Gives so many events after a version or position.
    func body(
        of numbers: EventNumbers, number: @escaping @Sendable (StoredEvent) -> Int64,
        read: @escaping @Sendable (_ after: Int64, _ limit: Int) async throws -> [StoredEvent]
    ) -> ResponseBody {
        ResponseBody { [self] writer in
            var after = numbers.after
            var left = numbers.limit
            while left > 0, after < numbers.last {
                let count = min(left, Self.batch, Int(numbers.last - after))
                let page = try await read(after, count)
                guard let last = page.last else { break }
                let shown = page.map { present.parts(of: $0) }
                try await writer.write(ByteBuffer(bytes: shown.joined().flatMap { try lines.line($0) }))
                after = number(last)
                left -= shown.count { !$0.isEmpty }
            }
            try await writer.finish(nil)
        }
    }

    /// The events at these positions.
    func body(at positions: [Position], in store: any EventStore) -> ResponseBody {
        ResponseBody { [self] writer in
            for start in stride(from: 0, to: positions.count, by: Self.batch) {
                let batch = positions[start..<min(start + Self.batch, positions.count)]
                let shown = try await store.read(at: Array(batch)).flatMap { present.parts(of: $0) }
                try await writer.write(ByteBuffer(bytes: shown.flatMap { try lines.line($0) }))
            }
            try await writer.finish(nil)
        }
    }
}

import Glibc

/// The line that a signal's handler writes, in the form of the process's other lines.
///
/// It is made in memory that was there before. Nothing here allocates, locks, or calls what a handler may not call.
struct EndingLine {
    static let capacity = 4096

    private let bytes: UnsafeMutablePointer<UInt8>
    private var count = 0
    private let style: EndingStyle
    private var hasValues = false

    /// - Parameter memory: Room for `capacity` bytes, which stays the caller's.
    init(in memory: UnsafeMutablePointer<UInt8>, style: EndingStyle) {
        bytes = memory
        self.style = style
    }

    /// What was made, for the handler to write.
    var text: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: bytes, count: count) }

    // MARK: The line

    /// Makes the whole line.
    mutating func make(
        signal: Int32, label: UnsafePointer<UInt8>, _ labelLength: Int, at time: timespec, note: EndingNote?
    ) {
        switch style {
        case .plain:
            add(escaped: label, labelLength)
            add(": ")
        case .text:
            add(time: time)
            add(" critical ")
            add(escaped: label, labelLength)
            add(": ")
        case .json:
            add("{\"label\":\"")
            add(escaped: label, labelLength)
            add("\",\"level\":\"critical\",\"message\":\"")
        }
        add("ended by signal ")
        add(number: Int64(signal))
        add(" (")
        add(Self.name(of: signal))
        add(")")
        if style == .json { add("\",\"metadata\":{") }
        note?.write(to: &self)
        if style == .json {
            add("},\"time\":\"")
            add(time: time)
            add("\"}")
        }
        // A line that is cut ends all the same.
        count = min(count, Self.capacity - 1)
        add(UInt8(ascii: "\n"))
    }

    private static func name(of signal: Int32) -> StaticString {
        switch signal {
        case SIGILL: "SIGILL"
        case SIGTRAP: "SIGTRAP"
        case SIGABRT: "SIGABRT"
        case SIGBUS: "SIGBUS"
        case SIGFPE: "SIGFPE"
        case SIGSEGV: "SIGSEGV"
        default: "another"
        }
    }

    // MARK: Values

    mutating func add(value name: StaticString, _ text: UnsafePointer<UInt8>, _ length: Int) {
        begin(value: name)
        let isQuoted = style == .json || !Self.isPlain(text, length)
        if isQuoted { add("\"") }
        add(escaped: text, length)
        if isQuoted { add("\"") }
    }

    mutating func add(value name: StaticString, _ number: Int64) {
        begin(value: name)
        if style == .json { add("\"") }
        add(number: number)
        if style == .json { add("\"") }
    }

    /// Adds the id of an integration event as it is published.
    mutating func add(event high: UInt64, _ low: UInt64, ordinal: Int) {
        begin(value: "event")
        if style == .json { add("\"") }
        add(hex: high >> 32, 8)
        add("-")
        add(hex: high >> 16, 4)
        add("-")
        add(hex: high, 4)
        add("-")
        add(hex: low >> 48, 4)
        add("-")
        add(hex: low, 12)
        if ordinal > 0 {
            add(".")
            add(number: Int64(ordinal))
        }
        if style == .json { add("\"") }
    }

    private mutating func begin(value name: StaticString) {
        if style == .json {
            if hasValues { add(",") }
            add("\"")
            add(name)
            add("\":")
        } else {
            add(" ")
            add(name)
            add("=")
        }
        hasValues = true
    }

    private static func isPlain(_ text: UnsafePointer<UInt8>, _ length: Int) -> Bool {
        var index = 0
        while index < length {
            let byte = text[index]
            if byte <= 0x20 || byte == 0x7f || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "=") { return false }
            index += 1
        }
        return length > 0
    }

    // MARK: Bytes

    private mutating func add(_ byte: UInt8) {
        guard count < Self.capacity else { return }
        bytes[count] = byte
        count += 1
    }

    private mutating func add(_ text: StaticString) {
        var index = 0
        while index < text.utf8CodeUnitCount {
            add(text.utf8Start[index])
            index += 1
        }
    }

    private mutating func add(escaped text: UnsafePointer<UInt8>, _ length: Int) {
        var index = 0
        while index < length {
            let byte = text[index]
            if byte < 0x20 || byte == 0x7f {
                add("\\u")
                add(hex: UInt64(byte), 4)
            } else {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { add("\\") }
                add(byte)
            }
            index += 1
        }
    }

    private mutating func add(hex number: UInt64, _ digits: Int) {
        var shift = UInt64(digits * 4)
        while shift > 0 {
            shift -= 4
            let digit = UInt8(truncatingIfNeeded: number >> shift & 0xf)
            add(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }

    /// - Parameter digits: At least so many, with zeros before them.
    private mutating func add(number: Int64, _ digits: Int = 1) {
        var divisor: Int64 = 1
        var length = 1
        while length < 19 && (length < digits || number / divisor >= 10) {
            divisor *= 10
            length += 1
        }
        while divisor > 0 {
            add(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
            divisor /= 10
        }
    }

    /// Adds a time in UTC, to the millisecond.
    private mutating func add(time: timespec) {
        let seconds = Int64(time.tv_sec)
        let date = Timestamp.civil(fromDay: seconds / 86_400)
        add(number: date.year, 4)
        add("-")
        add(number: date.month, 2)
        add("-")
        add(number: date.dayOfMonth, 2)
        add("T")
        add(number: seconds / 3600 % 24, 2)
        add(":")
        add(number: seconds / 60 % 60, 2)
        add(":")
        add(number: seconds % 60, 2)
        add(".")
        add(number: Int64(time.tv_nsec) / 1_000_000, 3)
        add("Z")
    }
}

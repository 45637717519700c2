#!/bin/sh
# Makes a folder in which `run PROGRAM` runs a program for arm64 on this machine, whatever that is: by the machine's own qemu and
# C library for arm64 where it has them, and else by Debian's packages, fetched and unpacked, but not installed.
set -eu
folder=$1
emulator=$(command -v qemu-aarch64-static || command -v qemu-aarch64 || true)
root=/usr/aarch64-linux-gnu

case $(uname -m) in
aarch64 | arm64)
	printf '#!/bin/sh\nexec "$@"\n' >"$folder.new"
	mkdir -p "$folder" && mv "$folder.new" "$folder/run" && chmod +x "$folder/run"
	exit
	;;
esac
mkdir -p "$folder"
cd "$folder"
fetch() {
	{ command -v apt-get && command -v dpkg-deb; } >/dev/null && apt-get download -q "$1" >fetched.log 2>&1 || {
		echo "to run programs for arm64, $2 is wanted, and it can neither be found nor fetched: install $1 (by its name at Debian)" >&2
		[ ! -e fetched.log ] || tail -n 3 fetched.log >&2
		exit 1
	}
	# The packages hold emulators of two dozen machines.
	mkdir -p unpacked
	dpkg-deb --fsys-tarfile "$1"_*.deb | tar -x -C unpacked "$3"
	rm "$1"_*.deb
}
if [ -z "$emulator" ]; then
	fetch qemu-user-static qemu-aarch64-static ./usr/bin/qemu-aarch64-static
	emulator='$here/unpacked/usr/bin/qemu-aarch64-static'
fi
if [ ! -e "$root/lib/ld-linux-aarch64.so.1" ]; then
	fetch libc6-arm64-cross "a C library for arm64" ./usr/aarch64-linux-gnu/lib
	root='$here/unpacked/usr/aarch64-linux-gnu'
fi
# With the folder's own place found when it is run, it may be moved.
cat >run <<END
#!/bin/sh
here=\$(dirname "\$0")
exec "$emulator" -L "$root" "\$@"
END
chmod +x run

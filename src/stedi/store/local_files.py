"""Files of this machine as PyIceberg opens them: its own way imports pandas, which a short run feels."""

from pathlib import Path

from pyiceberg.io import FileIO, InputFile, InputStream, OutputFile, OutputStream

from stedi.store.data_files import SCHEME


class LocalFiles(FileIO):
    """Reads and writes files by their path, with or without a scheme."""

    def new_input(self, location: str) -> "LocalFile":
        """A file to be read."""
        return LocalFile(location)

    def new_output(self, location: str) -> "LocalFile":
        """A file to be written."""
        return LocalFile(location)

    def delete(self, location: str | InputFile | OutputFile) -> None:
        """Remove a file.

        Raises:
            FileNotFoundError: It is not there.
        """
        LocalFile(location if isinstance(location, str) else location.location).path.unlink()


class LocalFile(InputFile, OutputFile):
    """One of them."""

    @property
    def path(self) -> Path:
        """Where it lies."""
        return Path(self.location.removeprefix(SCHEME))

    def __len__(self) -> int:
        return self.path.stat().st_size

    def exists(self) -> bool:
        """Whether it is there."""
        return self.path.exists()

    def open(self, seekable: bool = True) -> InputStream:
        """Open it to be read."""
        return self.path.open("rb")

    def to_input_file(self) -> "LocalFile":
        """The same, to be read."""
        return self

    def create(self, overwrite: bool = False) -> OutputStream:
        """Open it to be written, in folders that are made where there are none.

        Raises:
            FileExistsError: It is there, and is not to be overwritten.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return self.path.open("wb" if overwrite else "xb")

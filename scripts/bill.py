"""The bill of materials of a package: what it is made of, in CycloneDX's form, for scanners."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.factory.license import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from linked import PACKAGE, Crate
from packageurl import PackageURL


class BillError(Exception):
    """A bill that is not as CycloneDX has them."""


def text(crates: Iterable[Crate], archive: Path) -> str:
    """The bill of the package with these crates. It holds no time, and its number comes from the package."""
    components = {crate.key: component(crate) for crate in crates}
    sha256 = hashlib.sha256(archive.read_bytes()).hexdigest()
    [root] = [crate for crate in crates if crate.name == PACKAGE]
    components[root.key].hashes = [HashType(alg=HashAlgorithm.SHA_256, content=sha256)]
    bom = Bom(
        serial_number=uuid5(NAMESPACE_URL, sha256), components=[it for key, it in components.items() if key != root.key]
    )
    bom.metadata.timestamp = None
    bom.metadata.component = components[root.key]
    for crate in crates:
        bom.register_dependency(components[crate.key], [components[key] for key in crate.uses])
    document = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string()
    if error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(document):
        raise BillError(f"the bill of {archive.name} is not CycloneDX: {error}")
    return json.dumps(json.loads(document), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def component(crate: Crate) -> Component:
    """A crate as CycloneDX has it."""
    is_root = crate.name == PACKAGE
    url = PackageURL("cargo", name=crate.name, version=crate.version)
    source = (
        [ExternalReference(type=ExternalReferenceType.VCS, url=XsUri(crate.repository))] if crate.repository else []
    )
    return Component(
        type=ComponentType.APPLICATION if is_root else ComponentType.LIBRARY,
        name=crate.name,
        version=crate.version,
        bom_ref=str(url),
        # What is in no registry has no address in one.
        purl=url if crate.sha256 else None,
        description=crate.description,
        licenses=[LicenseFactory().make_from_string(crate.licence)],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=crate.sha256)] if crate.sha256 else [],
        external_references=source,
    )

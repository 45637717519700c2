//! The S3 service behind the bucket: `s3s` parses and verifies, this only says yes.

use s3s::auth::SimpleAuth;
use s3s::dto::{PutObjectInput, PutObjectOutput};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3, S3Request, S3Response, S3Result};

use crate::presign::{ACCESS_KEY, SECRET_KEY};

/// An S3 that verifies signatures and takes any object; what was put is kept by the bucket, not here.
pub(crate) fn service() -> S3Service {
    let mut builder = S3ServiceBuilder::new(PutStore);
    builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
    builder.build()
}

struct PutStore;

#[async_trait::async_trait]
impl S3 for PutStore {
    async fn put_object(&self, _: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        Ok(S3Response::new(PutObjectOutput::default()))
    }
}

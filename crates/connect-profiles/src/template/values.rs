//! What a deployment knows besides the template: its parameters and the pseudo parameters.

use std::collections::BTreeMap;

/// How the value of a parameter begins that the deployment does not tell. Being a dynamic reference, it is evaluated as what
/// it is: a value that only CloudFormation knows. The parameter's name follows, as the same text is the same value.
const WITHHELD: &str = "{{resolve:withheld:";

/// What is known of a deployment. What is not makes unknown values, never errors.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Values {
    /// Parameters by name, as text; lists with commas.
    pub parameters: BTreeMap<String, String>,
    /// `AWS::Region`
    pub region: Option<String>,
    /// `AWS::AccountId`
    pub account: Option<String>,
    /// `AWS::StackName`
    pub stack_name: Option<String>,
    /// `AWS::StackId`
    pub stack_id: Option<String>,
}

impl Values {
    /// From `name=value` as they stand on a command line, or the one that has no `=` in it.
    pub fn of_pairs<'a>(pairs: impl IntoIterator<Item = &'a String>) -> Result<Self, &'a str> {
        let mut parameters = BTreeMap::new();
        for pair in pairs {
            let (name, value) =
                pair.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or(pair.as_str())?;
            parameters.insert(name.to_owned(), value.to_owned());
        }
        Ok(Self { parameters, ..Self::default() })
    }

    /// Notes that the parameter has a value, which need not be its default, and that the deployment does not tell it.
    pub fn withhold(&mut self, name: &str) {
        self.parameters.insert(name.to_owned(), format!("{WITHHELD}{name}}}}}"));
    }

    /// Whether a text is made of such a value.
    #[must_use]
    pub fn is_withheld(text: &str) -> bool {
        text.contains(WITHHELD)
    }

    /// The partition that the region is in.
    #[must_use]
    pub fn partition(&self) -> Option<&'static str> {
        const BY_PREFIX: [(&str, &str); 7] = [
            ("cn-", "aws-cn"),
            ("us-gov-", "aws-us-gov"),
            ("us-isob-", "aws-iso-b"),
            ("us-isof-", "aws-iso-f"),
            ("us-iso-", "aws-iso"),
            ("eu-isoe-", "aws-iso-e"),
            ("eusc-", "aws-eusc"),
        ];
        let region = self.region.as_ref()?;
        Some(BY_PREFIX.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("aws", |(_, name)| name))
    }

    /// A pseudo parameter's value, where it is known. `AWS::NoValue` has none.
    #[must_use]
    pub fn pseudo(&self, name: &str) -> Option<String> {
        match name {
            "AWS::Region" => self.region.clone(),
            "AWS::AccountId" => self.account.clone(),
            "AWS::StackName" => self.stack_name.clone(),
            "AWS::StackId" => self.stack_id.clone(),
            "AWS::Partition" => self.partition().map(str::to_owned),
            "AWS::URLSuffix" => match self.partition()? {
                "aws" | "aws-us-gov" => Some("amazonaws.com".to_owned()),
                "aws-cn" => Some("amazonaws.com.cn".to_owned()),
                _ => None,
            },
            _ => None,
        }
    }
}

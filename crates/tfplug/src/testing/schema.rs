//! The schemas of a provider as Terraform gets them: read from its messages, not from the declarations that the provider
//! makes those of.
//!
//! What Terraform derives from a schema is derived here once more, by
//! `hashicorp/terraform:internal/configs/configschema/implied_type.go` and `empty_value.go`. So a mistake on the way
//! from the declaration to the message, or in what the framework derives, cannot hide itself from the judge.
//! [`check`] holds the messages against Terraform's rules on schemas.

mod check;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::proto::tfplugin6 as tf;
use crate::value::{Dynamic, Type};

/// All that a provider offers, by name.
pub(super) struct Schemas {
    pub(super) provider: Schema,
    /// What a module may say in `provider_meta`.
    pub(super) meta: Option<Schema>,
    pub(super) resources: BTreeMap<String, Arc<Resource>>,
    pub(super) data_sources: BTreeMap<String, Arc<Schema>>,
    pub(super) ephemeral: BTreeMap<String, Arc<Schema>>,
    pub(super) lists: BTreeMap<String, Arc<Schema>>,
    pub(super) actions: BTreeMap<String, Arc<Schema>>,
    pub(super) functions: BTreeMap<String, Arc<Function>>,
}

/// What an object of one kind and name looks like.
pub(super) struct Schema {
    pub(super) name: String,
    pub(super) version: i64,
    pub(super) attributes: Vec<Attribute>,
    /// The type of the whole object.
    pub(super) ty: Type,
}

/// A managed resource, of which the objects have an identity.
pub(super) struct Resource {
    pub(super) schema: Schema,
    pub(super) identity: Schema,
}

/// One attribute, or the blocks of one name.
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) required: bool,
    pub(super) optional: bool,
    pub(super) computed: bool,
    pub(super) sensitive: bool,
    pub(super) write_only: bool,
    pub(super) ty: Type,
}

pub(super) enum Kind {
    Value,
    Nested(Nesting, Vec<Attribute>),
    Block(Nesting, Vec<Attribute>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nesting {
    Single,
    List,
    Set,
    Map,
}

/// What a function takes and gives.
pub(super) struct Function {
    pub(super) parameters: Vec<Parameter>,
    /// What any further arguments are for.
    pub(super) variadic: Option<Parameter>,
    pub(super) output: Type,
}

pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) ty: Type,
    pub(super) null: bool,
    pub(super) unknown: bool,
}

impl Function {
    /// The parameter that the argument at this place is for.
    pub(super) fn parameter(&self, index: usize) -> Option<&Parameter> {
        self.parameters.get(index).or(self.variadic.as_ref())
    }
}

impl Schemas {
    /// What the two messages say; what cannot be read is an error.
    pub(super) fn read(
        answer: &tf::get_provider_schema::Response,
        identities: &tf::get_resource_identity_schemas::Response,
    ) -> Result<Self, String> {
        let resource = |name: &str, schema: &tf::Schema| {
            let identity = identities.identity_schemas.get(name);
            let identity = identity.ok_or_else(|| format!("{name}: the identity schema is missing"))?;
            Ok(Resource {
                schema: Schema::read(name, schema)?,
                identity: Schema::of_identity(name, identity)?,
            })
        };
        let action = |name: &str, action: &tf::ActionSchema| {
            let schema = action.schema.as_ref().ok_or_else(|| format!("{name}: the schema is missing"))?;
            Schema::read(name, schema)
        };
        let provider = answer.provider.as_ref().ok_or("provider: the schema is missing")?;
        let meta = answer.provider_meta.as_ref().map(|meta| Schema::read("provider_meta", meta));
        Ok(Schemas {
            provider: Schema::read("provider", provider)?,
            meta: meta.transpose()?,
            resources: each(&answer.resource_schemas, resource)?,
            data_sources: each(&answer.data_source_schemas, Schema::read)?,
            ephemeral: each(&answer.ephemeral_resource_schemas, Schema::read)?,
            lists: each(&answer.list_resource_schemas, Schema::read)?,
            actions: each(&answer.action_schemas, action)?,
            functions: each(&answer.functions, Function::read)?,
        })
    }
}

fn each<M, T>(
    messages: &BTreeMap<String, M>,
    read: impl Fn(&str, &M) -> Result<T, String>,
) -> Result<BTreeMap<String, Arc<T>>, String> {
    messages.iter().map(|(name, message)| Ok((name.clone(), Arc::new(read(name, message)?)))).collect()
}

impl Schema {
    fn read(name: &str, schema: &tf::Schema) -> Result<Self, String> {
        let block = schema.block.as_ref().ok_or_else(|| format!("{name}: the schema has no block"))?;
        Ok(Schema::new(name, schema.version, self::block(block, name)?))
    }

    fn of_identity(name: &str, schema: &tf::ResourceIdentitySchema) -> Result<Self, String> {
        let attributes = schema.identity_attributes.iter().map(|part| {
            let ty = ty(&part.r#type, &format!("{name}: identity {}", part.name))?;
            Ok(Attribute {
                required: part.required_for_import,
                optional: part.optional_for_import,
                ..Attribute::new(&part.name, Kind::Value, ty)
            })
        });
        Ok(Schema::new(name, schema.version, attributes.collect::<Result<_, String>>()?))
    }

    pub(super) fn new(name: &str, version: i64, attributes: Vec<Attribute>) -> Self {
        Schema { name: name.to_owned(), version, ty: object_type(&attributes), attributes }
    }
}

impl Function {
    fn read(name: &str, function: &tf::Function) -> Result<Self, String> {
        let parameter = |parameter: &tf::function::Parameter| {
            Ok(Parameter {
                name: parameter.name.clone(),
                ty: ty(&parameter.r#type, &format!("{name}: {}", parameter.name))?,
                null: parameter.allow_null_value,
                unknown: parameter.allow_unknown_values,
            })
        };
        Ok(Function {
            parameters: function.parameters.iter().map(parameter).collect::<Result<_, String>>()?,
            variadic: function.variadic_parameter.as_ref().map(parameter).transpose()?,
            output: ty(function.r#return.as_ref().map_or(&[], |output| &output.r#type), name)?,
        })
    }
}

fn block(block: &tf::schema::Block, place: &str) -> Result<Vec<Attribute>, String> {
    use tf::schema::nested_block::NestingMode;
    let mut attributes = self::attributes(&block.attributes, place)?;
    for nested in &block.block_types {
        let place = format!("{place}: {}", nested.type_name);
        let nesting = match NestingMode::try_from(nested.nesting) {
            Ok(NestingMode::Single) => Nesting::Single,
            Ok(NestingMode::List) => Nesting::List,
            Ok(NestingMode::Set) => Nesting::Set,
            Ok(NestingMode::Map) => Nesting::Map,
            _ => return Err(format!("{place}: blocks are not nested this way")),
        };
        let inner = nested.block.as_ref().ok_or_else(|| format!("{place}: the block is missing"))?;
        let inner = self::block(inner, &place)?;
        let ty = nesting.ty(object_type(&inner));
        attributes.push(Attribute {
            required: nested.min_items > 0,
            optional: nested.min_items == 0,
            ..Attribute::new(&nested.type_name, Kind::Block(nesting, inner), ty)
        });
    }
    Ok(attributes)
}

fn attributes(attributes: &[tf::schema::Attribute], place: &str) -> Result<Vec<Attribute>, String> {
    use tf::schema::object::NestingMode;
    let read = |attribute: &tf::schema::Attribute| {
        let place = format!("{place}: {}", attribute.name);
        let (kind, ty) = match &attribute.nested_type {
            None => (Kind::Value, ty(&attribute.r#type, &place)?),
            Some(nested) => {
                let nesting = match NestingMode::try_from(nested.nesting) {
                    Ok(NestingMode::Single) => Nesting::Single,
                    Ok(NestingMode::List) => Nesting::List,
                    Ok(NestingMode::Set) => Nesting::Set,
                    Ok(NestingMode::Map) => Nesting::Map,
                    _ => return Err(format!("{place}: objects are not nested this way")),
                };
                let inner = self::attributes(&nested.attributes, &place)?;
                let ty = nesting.ty(object_type(&inner));
                (Kind::Nested(nesting, inner), ty)
            }
        };
        Ok(Attribute {
            required: attribute.required,
            optional: attribute.optional,
            computed: attribute.computed,
            sensitive: attribute.sensitive,
            write_only: attribute.write_only,
            ..Attribute::new(&attribute.name, kind, ty)
        })
    };
    attributes.iter().map(read).collect()
}

fn ty(bytes: &[u8], place: &str) -> Result<Type, String> {
    Type::from_json(bytes).map_err(|_| format!("{place}: its type cannot be read"))
}

pub(super) fn object_type(attributes: &[Attribute]) -> Type {
    Type::Object(attributes.iter().map(|attribute| (attribute.name.clone(), attribute.ty.clone())).collect())
}

impl Nesting {
    /// The type of a value that nests objects this way. In Terraform a list or map of objects that hold values of any
    /// type is a tuple or an object, of which the schema does not say the type.
    fn ty(self, object: Type) -> Type {
        let open = object.contains_dynamic();
        match self {
            Nesting::Single => object,
            Nesting::Set => Type::Set(Box::new(object)),
            Nesting::List | Nesting::Map if open => Type::Dynamic,
            Nesting::List => Type::List(Box::new(object)),
            Nesting::Map => Type::Map(Box::new(object)),
        }
    }
}

impl Attribute {
    fn new(name: &str, kind: Kind, ty: Type) -> Self {
        Attribute {
            name: name.to_owned(),
            kind,
            required: false,
            optional: false,
            computed: false,
            sensitive: false,
            write_only: false,
            ty,
        }
    }

    /// The attributes of its objects, if it holds objects.
    pub(super) fn nested(&self) -> Option<(Nesting, &[Attribute])> {
        match &self.kind {
            Kind::Value => None,
            Kind::Nested(nesting, attributes) | Kind::Block(nesting, attributes) => {
                Some((*nesting, attributes))
            }
        }
    }

    /// What Terraform takes where nothing is configured: an empty collection of blocks, otherwise null.
    pub(super) fn absent(&self) -> Dynamic {
        match self.kind {
            Kind::Block(Nesting::List | Nesting::Set, _) => Dynamic::List(Vec::new()),
            Kind::Block(Nesting::Map, _) => Dynamic::Map(BTreeMap::new()),
            _ => Dynamic::Null,
        }
    }
}

/// What the declarations of a test become on their way to Terraform.
#[cfg(test)]
pub(super) fn told(declared: &[crate::schema::Attribute]) -> Vec<Attribute> {
    let schema = crate::schema::Schema { attributes: declared.to_vec(), ..Default::default() };
    Schema::read("test", &crate::grpc::convert::schema(&schema)).expect("a schema").attributes
}
